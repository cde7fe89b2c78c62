{{/*
Metadata of a pod. The labels by which it is found come first and cannot be overridden.
*/}}
{{- define "tf-training-single.podMetadata" -}}
{{- with .Values.podAnnotations }}
annotations: {{- include "tf-training-single.texts" . | trim | nindent 2 }}
{{- end }}
labels:
  {{- include "tf-training-single.selectorLabels" . | nindent 2 }}
  {{- with omit (default (dict) .Values.podLabels) "app" "release" "runName" }}
  {{- include "tf-training-single.texts" . | trim | nindent 2 }}
  {{- end }}
{{- end -}}

{{/*
Where and as whom a pod runs.
*/}}
{{- define "tf-training-single.podSettings" -}}
{{- /* Service links would put each Service of the namespace into the environment, and the operator makes one
for every pod of every job. */ -}}
enableServiceLinks: false
{{- with include "tf-training-single.given" .Values.schedulerName }}
schedulerName: {{ . | quote }}
{{- end }}
{{- with include "tf-training-single.given" .Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with include "tf-training-single.given" .Values.serviceAccountName }}
serviceAccountName: {{ . | quote }}
{{- end }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ kindIs "map" . | ternary . (dict "name" .) | dig "name" "" | quote }}
  {{- end }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext: {{- include "tf-training-single.typed" . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- include "tf-training-single.texts" . | trim | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- range . }}
  {{- $toleration := deepCopy . }}
  {{- if hasKey . "value" }}{{ $_ := set $toleration "value" (include "tf-training-single.text" .value) }}{{ end }}
  {{- if hasKey . "tolerationSeconds" }}{{ $_ := set $toleration "tolerationSeconds" (int64 .tolerationSeconds) }}{{ end }}
  {{- list $toleration | toYaml | nindent 2 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/*
Environment of a container: the names of experiment and run, then the items of `env`. Of several items
with one name the last is kept, as Kubernetes would do, since server-side apply refuses the others.
Each value is quoted by itself: toYaml would lose the whole list to one control character.
*/}}
{{- define "tf-training-single.env" -}}
{{- $experiment := dict "name" "EXP_NAME" "value" (include "tf-training-single.text" .root.Values.experimentName | replace "$" "$$") -}}
{{- $run := dict "name" "RUN_NAME" "value" .root.Release.Name -}}
{{- $items := concat (list $experiment $run) (default (list) .env) -}}
{{- $last := dict -}}
{{- range $i, $item := $items }}{{ $_ := set $last $item.name $i }}{{ end -}}
{{- range $i, $item := $items }}
{{- if eq $i (get $last $item.name) }}
- name: {{ $item.name | quote }}
  {{- if $item.valueFrom }}
  valueFrom: {{- toYaml $item.valueFrom | nindent 4 }}
  {{- else }}
  value: {{ include "tf-training-single.text" $item.value | quote }}
  {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/*
Resources of a container: those of `block`, but `cpu` and `memory`, where given, are both its request and
its limit. GPUs too are requested as they are limited.
*/}}
{{- define "tf-training-single.resources" -}}
{{- $both := dict -}}
{{- with include "tf-training-single.given" .cpu }}{{ $_ := set $both "cpu" . }}{{ end -}}
{{- with include "tf-training-single.given" .memory }}{{ $_ := set $both "memory" . }}{{ end -}}
{{- with .gpu }}{{ if gt (int .count) 0 }}{{ $_ := set $both .resource (int .count | toString) }}{{ end }}{{ end -}}
{{- $block := default (dict) .block -}}
{{- range $kind := list "requests" "limits" }}
{{- $amounts := dict }}
{{- range $name, $amount := default (dict) (get $block $kind) }}
{{- with include "tf-training-single.given" $amount }}{{ $_ := set $amounts $name . }}{{ end }}
{{- end }}
{{- range $name, $amount := $both }}{{ $_ := set $amounts $name $amount }}{{ end }}
{{- with $amounts }}
{{ $kind }}:
  {{- range $name, $amount := . }}
  {{ $name }}: {{ $amount | quote }}
  {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/*
Name of the volume of a claim: a claim's name may have dots and more than 63 characters, a volume's not.
*/}}
{{- define "tf-training-single.claimVolume" -}}
{{- printf "pvc-%s" (replace "." "-" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
Volumes of a pod, one for each claim however often it is mounted.
*/}}
{{- define "tf-training-single.volumes" -}}
{{- $claims := list (include "tf-training-single.given" .Values.outputClaim) -}}
{{- range .Values.pvcs }}{{ $claims = append $claims .claim }}{{ end -}}
{{- range $claims | uniq | compact }}
- name: {{ include "tf-training-single.claimVolume" . | quote }}
  persistentVolumeClaim:
    claimName: {{ . | quote }}
{{- end }}
{{- if not (include "tf-training-single.given" .Values.outputClaim) }}
- name: output
  emptyDir: {}
{{- end }}
{{- with include "tf-training-single.given" .Values.shmSize }}
- name: shm
  emptyDir:
    medium: Memory
    sizeLimit: {{ . | quote }}
{{- end }}
{{- with .Values.volumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/*
Mounts of a container. A path that the user mounts by himself is not mounted by us: a path may come only once.
*/}}
{{- define "tf-training-single.volumeMounts" -}}
{{- $mounts := list -}}
{{- with include "tf-training-single.given" .Values.outputClaim -}}
{{- $mounts = append $mounts (dict "name" (include "tf-training-single.claimVolume" .) "mountPath" "/mnt/output/experiment" "subPath" $.Release.Name) -}}
{{- else -}}
{{- $mounts = append $mounts (dict "name" "output" "mountPath" "/mnt/output/experiment") -}}
{{- end -}}
{{- if include "tf-training-single.given" .Values.shmSize -}}
{{- $mounts = append $mounts (dict "name" "shm" "mountPath" "/dev/shm") -}}
{{- end -}}
{{- range .Values.pvcs -}}
{{- $mount := dict "name" (include "tf-training-single.claimVolume" .claim) "mountPath" .mountPath -}}
{{- with include "tf-training-single.given" .subPath }}{{ $_ := set $mount "subPath" . }}{{ end -}}
{{- if eq (toString .readOnly) "true" }}{{ $_ := set $mount "readOnly" true }}{{ end -}}
{{- $mounts = append $mounts $mount -}}
{{- end -}}
{{- $mounts = concat $mounts (default (list) .Values.volumeMounts) -}}
{{- $last := dict -}}
{{- range $i, $mount := $mounts }}{{ $_ := set $last (trimSuffix "/" $mount.mountPath) $i }}{{ end -}}
{{- range $i, $mount := $mounts }}
{{- if eq $i (get $last (trimSuffix "/" $mount.mountPath)) }}
{{ list $mount | toYaml }}
{{- end }}
{{- end }}
{{- end -}}
