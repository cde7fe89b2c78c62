{{/*
Ports of a training container. The operator adds its own (tfjob-port, 2222).
*/}}
{{- define "tf-training-single.ports" -}}
{{- with include "tf-training-single.given" .Values.TensorBoardPort }}
- name: tensorboard
  containerPort: {{ . | int }}
{{- end }}
{{- with include "tf-training-single.given" .Values.TensorIPythonPort }}
- name: ipython
  containerPort: {{ . | int }}
{{- end }}
{{- end -}}

{{/*
Command of a training container: `python`, then script and arguments, each a word of its own that no shell
reads. Kubernetes turns $(NAME) into a variable's value and $$ into $: with every $ doubled, the script
gets what was typed. An empty first word stands for "no script"; without any word the image starts what
it was made for.
*/}}
{{- define "tf-training-single.command" -}}
{{- $args := default (list) .Values.commandline.args -}}
{{- if $args }}{{ if eq (first $args) "" }}{{ $args = rest $args }}{{ end }}{{ end -}}
{{- with $args -}}
command: ["python"]
args:
  {{- range . }}
  - {{ . | replace "$" "$$" | quote }}
  {{- end }}
{{- end -}}
{{- end -}}

{{/*
What the operator does when a job runs too long, fails or ends.
*/}}
{{- define "tf-training-single.runPolicy" -}}
cleanPodPolicy: {{ include "tf-training-single.given" .Values.cleanPodPolicy | default "Running" | quote }}
{{- with include "tf-training-single.given" .Values.ttlSecondsAfterFinished }}
ttlSecondsAfterFinished: {{ . | int64 }}
{{- end }}
{{- with include "tf-training-single.given" .Values.activeDeadlineSeconds }}
activeDeadlineSeconds: {{ . | int64 }}
{{- end }}
{{- with include "tf-training-single.given" .Values.backoffLimit }}
backoffLimit: {{ . | int64 }}
{{- end }}
{{- with .Values.schedulingPolicy }}
schedulingPolicy: {{- include "tf-training-single.typed" . | nindent 2 }}
{{- end }}
{{- end -}}
