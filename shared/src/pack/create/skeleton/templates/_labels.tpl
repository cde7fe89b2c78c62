{{/*
Labels by which the pods of a run are found. All are quoted: a release may be called `no` or `1e3`.
*/}}
{{- define "__PACK__.labels" -}}
app: {{ .Chart.Name | quote }}
release: {{ .Release.Name | quote }}
runName: {{ .Release.Name | quote }}
{{- end -}}
