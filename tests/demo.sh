#!/usr/bin/env bash
# The main job on one machine: a pack from a git zoo, an experiment in its values, the manifests that Helm makes of it,
# and the run on a real control plane with the real training operator, where kwok plays the nodes. Everything happens in
# a temporary folder. `make demo` builds the plugins and the control plane, finds Helm, and starts this with a cluster.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH="$root/target/debug:$PATH" HELM_BIN="${HELM:-helm}"
export HOME="$work/home" NAUTA_HOME="$work/store" NAUTA_CONFIG="$work/config.yaml"
unset HELM_NAMESPACE HELM_PLUGIN_NAME
mkdir -p "$HOME"

if [ -t 1 ] && [ -z "${NO_COLOR+set}" ]; then bold=$'\e[1m' cyan=$'\e[36m' plain=$'\e[0m'; else bold='' cyan='' plain=''; fi
part() { printf '\n%s%s%s\n\n' "$bold" "$*" "$plain"; }
show() { printf '%s$ %s%s\n' "$cyan" "$*" "$plain"; }
run() {
  show "$*"
  "$@"
  echo
}
commit() {
  git -C "$work/zoo" add --all
  git -C "$work/zoo" -c user.name=demo -c user.email=demo@example.com commit --quiet --message "$1"
  git -C "$work/zoo" tag "$2"
}

part '1. The packs that are always there'
run kubectl-pack list

part '2. A pack from a git zoo, and its next version'
mkdir "$work/zoo"
git -C "$work/zoo" init --quiet --initial-branch main
cp -R packs/tf-training-single "$work/zoo/"
commit 'tf-training-single 1.0.0' tf-training-single-1.0.0
run kubectl-pack zoo add team "$work/zoo"
run kubectl-pack install tf-training-single --zoo team
sed -i.bak 's/^version: .*/version: "1.1.0"/' "$work/zoo/tf-training-single/charts/Chart.yaml"
rm "$work/zoo/tf-training-single/charts/Chart.yaml.bak"
commit 'tf-training-single 1.1.0' tf-training-single-1.1.0
run kubectl-pack list --installed
run kubectl-pack upgrade tf-training-single

part '3. An experiment in its values: every argument exactly as typed'
arguments=(--lr=0.1 --name 'John: Doe' '' 'say "hi"' $'two\nlines' '{{ x }}' yes 1e3 '$HOME' 🙂)
show "helm-nauta render mnist tf-training-single train.py -p cpu 2 -e MODE=fast --$(printf ' %q' "${arguments[@]}")"
helm-nauta render mnist tf-training-single train.py -p cpu 2 -e MODE=fast -- "${arguments[@]}" >"$work/values.yaml"
sed -n -e '/^cpu:/p' -e '/^env:/,/^[^e ]/{/^env:/p;/^ /p;}' -e '/^experimentName:/,/^podCount:/p' -e '/^commandline:/,$p' \
  "$work/values.yaml"

part '4. What Helm makes of it (helm template; `install` would send the same to a cluster)'
show 'helm-nauta template mnist tf-training-single train.py -- --lr=0.1 "say \"hi\"" '"'\$HOME'"
helm-nauta template mnist tf-training-single train.py -- --lr=0.1 'say "hi"' '$HOME' >"$work/manifests.yaml"
sed -n '/^apiVersion:/,/\$\$HOME/p' "$work/manifests.yaml"

part '5. The run: Helm installs it, the training operator starts it, and it is looked after'
# kwok plays the pod: it runs for four seconds and ends well.
script='{"test/run": "4s", "test/exit-code": "0"}'
show "helm-nauta install mnist tf-training-single train.py --set-json 'podAnnotations=$script' -- --lr=0.1"
helm-nauta install mnist tf-training-single train.py --set-json "podAnnotations=$script" -- --lr=0.1
echo
run kubectl tfjob wait mnist --for running --timeout 1m
run kubectl tfjob status mnist
run kubectl tfjob tensorboard mnist --no-wait
# What the script would have printed, for kwok to serve.
mkdir "$work/logs"
for epoch in 1 2 3; do
  printf '%s stdout F epoch %s: loss 0.%s\n' "$(date -u +%FT%T).00000000${epoch}Z" "$epoch" "$((9 - epoch * 2))"
done >"$work/logs/tensorflow.log"
kubectl apply -f - >/dev/null <<YAML
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Logs
metadata: {name: mnist-chief-0}
spec: {logs: [{containers: [tensorflow], logsFile: "$work/logs/tensorflow.log"}]}
YAML
run kubectl tfjob wait mnist --timeout 1m
run kubectl tfjob logs mnist --prefix always
show "kubectl tfjob list --pods -o template='{{name}}: {{state}}, {{chief.pod}} ended with {{chief.exitCode}}'"
kubectl tfjob list --pods -o template='{{name}}: {{state}}, {{chief.pod}} ended with {{chief.exitCode}}'
echo
show 'helm uninstall mnist'
"$HELM_BIN" uninstall mnist
echo
run kubectl tfjob list
