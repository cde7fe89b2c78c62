{{/*
Name and version of the chart, as the label `chart` wants it.
*/}}
{{- define "jupyter.chart" -}}
{{- printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
Labels by which the pods of a run are found. Everything is quoted: a release may be called `no` or `1e3`.
*/}}
{{- define "jupyter.selectorLabels" -}}
app: {{ .Chart.Name | trunc 63 | trimSuffix "-" | quote }}
release: {{ .Release.Name | quote }}
runName: {{ .Release.Name | quote }}
{{- end -}}

{{/*
Labels of the objects that the chart makes.
*/}}
{{- define "jupyter.labels" -}}
{{ include "jupyter.selectorLabels" . }}
chart: {{ include "jupyter.chart" . | quote }}
heritage: {{ .Release.Service | quote }}
{{- end -}}

{{/*
Text of a scalar: numbers without the exponent that Go prints from a million on, nothing for null.
*/}}
{{- define "jupyter.text" -}}
{{- if kindIs "float64" . }}{{ toJson . }}{{ else if not (kindIs "invalid" .) }}{{ toString . }}{{ end -}}
{{- end -}}

{{/*
Text of a setting that may be left open: nothing for null, the empty text and the text `null`, which is
what a pack parameter (-p cpu null) becomes.
*/}}
{{- define "jupyter.given" -}}
{{- $text := include "jupyter.text" . -}}
{{- if ne $text "null" }}{{ $text }}{{ end -}}
{{- end -}}

{{/*
A map of texts: labels, annotations, a node selector.
*/}}
{{- define "jupyter.texts" -}}
{{- range $key, $value := . }}
{{ $key | quote }}: {{ include "jupyter.text" $value | quote }}
{{- end }}
{{- end -}}

{{/*
A map of the pod API in which the texts of whole numbers and booleans become just these.
*/}}
{{- define "jupyter.typed" -}}
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

{{/*
Name of the Service, which unlike a release's name may have no dots.
*/}}
{{- define "jupyter.serviceName" -}}
{{- .Release.Name | replace "." "-" -}}
{{- end -}}

{{/*
Name of the Secret with the token: the user's own, or the chart's. Nothing if Jupyter is to make up a token:
it does so where JUPYTER_TOKEN is not set.
*/}}
{{- define "jupyter.tokenSecret" -}}
{{- with include "jupyter.given" .Values.jupyter.existingSecret -}}
{{- . -}}
{{- else -}}
{{- if include "jupyter.given" .Values.jupyter.token -}}
{{- printf "%s-token" .Release.Name -}}
{{- end -}}
{{- end -}}
{{- end -}}
