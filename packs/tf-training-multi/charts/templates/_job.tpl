{{/*
Ports of a training container. The operator adds its own (tfjob-port, 2222).
*/}}
{{- define "tf-training-multi.ports" -}}
{{- with include "tf-training-multi.given" .Values.TensorBoardPort }}
- name: tensorboard
  containerPort: {{ . | int }}
{{- end }}
{{- with include "tf-training-multi.given" .Values.TensorIPythonPort }}
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
{{- define "tf-training-multi.command" -}}
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
{{- define "tf-training-multi.runPolicy" -}}
cleanPodPolicy: {{ include "tf-training-multi.given" .Values.cleanPodPolicy | default "Running" | quote }}
{{- with include "tf-training-multi.given" .Values.ttlSecondsAfterFinished }}
ttlSecondsAfterFinished: {{ . | int64 }}
{{- end }}
{{- with include "tf-training-multi.given" .Values.activeDeadlineSeconds }}
activeDeadlineSeconds: {{ . | int64 }}
{{- end }}
{{- with include "tf-training-multi.given" .Values.backoffLimit }}
backoffLimit: {{ . | int64 }}
{{- end }}
{{- with .Values.schedulingPolicy }}
schedulingPolicy: {{- include "tf-training-multi.typed" . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
Pod of one type of replica. Takes the chart's root, and the environment, resources, shorthands and GPUs
in which workers and parameter servers differ.
*/}}
{{- define "tf-training-multi.pod" -}}
{{- $root := .root -}}
metadata: {{- include "tf-training-multi.podMetadata" $root | trim | nindent 2 }}
spec:
  {{- include "tf-training-multi.podSettings" $root | nindent 2 }}
  containers:
    # The operator insists on this name.
    - name: tensorflow
      image: {{ $root.Values.image.clusterRepository | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy | quote }}
      {{- with include "tf-training-multi.command" $root }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- with include "tf-training-multi.ports" $root }}
      ports: {{- . | trim | nindent 8 }}
      {{- end }}
      env: {{- include "tf-training-multi.env" (dict "root" $root "env" .env) | trim | nindent 8 }}
      {{- with $root.Values.envFrom }}
      envFrom: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with include "tf-training-multi.resources" (dict "block" .resources "cpu" .cpu "memory" .memory "gpu" .gpu) }}
      resources: {{- . | trim | nindent 8 }}
      {{- end }}
      {{- with $root.Values.securityContext }}
      securityContext: {{- include "tf-training-multi.typed" . | nindent 8 }}
      {{- end }}
      volumeMounts: {{- include "tf-training-multi.volumeMounts" $root | trim | nindent 8 }}
  volumes: {{- include "tf-training-multi.volumes" $root | trim | nindent 4 }}
{{- end -}}
