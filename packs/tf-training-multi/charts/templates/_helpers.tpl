{{/*
Name and version of the chart, as the label `chart` wants it.
*/}}
{{- define "tf-training-multi.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
Labels by which the pods of a run are found. Everything is quoted: a release may be called `no` or `1e3`.
*/}}
{{- define "tf-training-multi.selectorLabels" -}}
app: {{ .Chart.Name | trunc 63 | trimSuffix "-" | quote }}
release: {{ .Release.Name | quote }}
runName: {{ .Release.Name | quote }}
{{- end -}}

{{/*
Labels of the objects that the chart makes.
*/}}
{{- define "tf-training-multi.labels" -}}
{{ include "tf-training-multi.selectorLabels" . }}
chart: {{ include "tf-training-multi.chart" . | quote }}
heritage: {{ .Release.Service | quote }}
{{- end -}}

{{/*
Text of a scalar: numbers without the exponent that Go prints from a million on, nothing for null.
*/}}
{{- define "tf-training-multi.text" -}}
{{- if kindIs "float64" . }}{{ toJson . }}{{ else if not (kindIs "invalid" .) }}{{ toString . }}{{ end -}}
{{- end -}}

{{/*
Text of a setting that may be left open: nothing for null, the empty text and the text `null`, which is
what a pack parameter (-p cpu null) becomes.
*/}}
{{- define "tf-training-multi.given" -}}
{{- $text := include "tf-training-multi.text" . -}}
{{- if ne $text "null" }}{{ $text }}{{ end -}}
{{- end -}}

{{/*
A map of texts: labels, annotations, a node selector.
*/}}
{{- define "tf-training-multi.texts" -}}
{{- range $key, $value := . }}
{{ $key | quote }}: {{ include "tf-training-multi.text" $value | quote }}
{{- end }}
{{- end -}}

{{/*
A map of the pod API in which the texts of whole numbers and booleans become just these.
*/}}
{{- define "tf-training-multi.typed" -}}
{{- $typed := dict -}}
{{- range $key, $value := . -}}
{{- if and (kindIs "string" $value) (regexMatch "^(0|[1-9][0-9]*)$" $value) -}}
{{- $_ := set $typed $key (int64 $value) -}}
{{- else if and (kindIs "string" $value) (has $value (list "true" "false")) -}}
{{- $_ := set $typed $key (eq $value "true") -}}
{{- else -}}
{{- $_ := set $typed $key $value -}}
{{- end -}}
{{- end -}}
{{- toYaml $typed -}}
{{- end -}}
