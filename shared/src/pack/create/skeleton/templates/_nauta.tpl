{{/*
Arguments of the experiment's container: the script, then what was typed. No shell reads them. Kubernetes
turns $(NAME) into a variable's value and $$ into $: with every $ doubled, the script gets what was typed.
An empty first word stands for "no script".
*/}}
{{- define "__PACK__.args" -}}
{{- $args := default (list) .Values.commandline.args -}}
{{- if $args }}{{ if eq (first $args) "" }}{{ $args = rest $args }}{{ end }}{{ end -}}
{{- with $args -}}
args:
  {{- range . }}
  - {{ . | replace "$" "$$" | quote }}
  {{- end }}
{{- end -}}
{{- end -}}

{{/*
Command and arguments: without a script the image starts what it was made for.
*/}}
{{- define "__PACK__.command" -}}
{{- with include "__PACK__.args" . -}}
command: ["python"]
{{ . }}
{{- end -}}
{{- end -}}
