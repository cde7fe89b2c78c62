#!/usr/bin/env bash
# Prints the folder with the programs of the tests' control plane: etcd, three programs of Kubernetes, kubectl, kwok in the
# place of nodes, and Kubeflow's training operator; below it, `crds` holds what they extend Kubernetes by.
# One in KUBEBUILDER_ASSETS or PATH is taken if its version fits; the others are built once from their Go modules.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/env.sh"
. "$here/bed/versions"

programs=(etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kwok training-operator.v1)
folder="$NAUTA_TOOLS/bed-$KUBERNETES_VERSION-$ETCD_VERSION-$KWOK_VERSION-$OPERATOR_VERSION"
minor_of() { cut -d. -f1,2 <<<"${1#v}"; }

# What a program says its version is; the operator cannot say, and is always built.
version_of() {
  case "$(basename "$1")" in
    etcd) "$1" --version 2>/dev/null | sed -n 's/^etcd Version: //p' ;;
    kube-*) "$1" --version 2>/dev/null | sed -n 's/^Kubernetes v//p' ;;
    kubectl) "$1" version --client 2>/dev/null | sed -n 's/^Client Version: v//p' ;;
    kwok) "$1" --version 2>/dev/null | sed -n 's/^kwok version v\([^ ]*\).*/\1/p' ;;
  esac
}

fits() {
  local found wanted
  found=$(minor_of "$(version_of "$1" || true)")
  case "$(basename "$1")" in
    etcd) wanted=$ETCD_VERSION ;;
    kwok) wanted=$KWOK_VERSION ;;
    training-operator.v1) return 1 ;;
    kubectl)
      # One minor version beside the server's is what Kubernetes supports.
      local minor=${found#*.} of_server
      of_server=$(minor_of "$KUBERNETES_VERSION")
      of_server=${of_server#*.}
      [[ "$minor" =~ ^[0-9]+$ ]] && ((minor >= of_server - 1 && minor <= of_server + 1))
      return ;;
    *) wanted=$KUBERNETES_VERSION ;;
  esac
  [ "$found" = "$(minor_of "$wanted")" ]
}

# A program found elsewhere is a link, which may have come to lead to another version or nowhere.
is_there() {
  if [ -L "$folder/$1" ]; then [ -x "$folder/$1" ] && fits "$(readlink "$folder/$1")"; else [ -x "$folder/$1" ]; fi
}

is_whole() {
  local program
  for program in "${programs[@]}"; do is_there "$program" || return 1; done
  [ -d "$folder/crds" ]
}

take_found() {
  local candidate
  for candidate in "${KUBEBUILDER_ASSETS:-/nowhere}/$1" "$(command -v "$1" || true)"; do
    if [ -x "$candidate" ] && fits "$candidate"; then
      say "$1 $(version_of "$candidate") of this machine is taken"
      ln -sfn "$candidate" "$folder/$1"
      return
    fi
  done
  return 1
}

run_go() { GOFLAGS="-trimpath -buildvcs=false" GOWORK=off CGO_ENABLED=0 GOCACHE="$building/cache" GOTMPDIR="$building/tmp" go "$@" >&2; }

# Builds in the folder of its own go.mod and go.sum, which say what from.
build_pinned() {
  local program=$1 pins=$2 module=$3 version=$4 package=$5 flags=$6
  grep -qF "$module v$version" "$here/bed/$pins/go.mod" || die "bed/versions and bed/$pins/go.mod want different versions"
  (cd "$here/bed/$pins" && run_go build -mod=readonly -ldflags "$flags" -o "$building/bin/$program" "$package")
}

build() {
  local kube="-X k8s.io/component-base/version" minor
  minor=$(minor_of "$KUBERNETES_VERSION")
  kube="$kube.gitVersion=v$KUBERNETES_VERSION $kube.gitMajor=${minor%.*} $kube.gitMinor=${minor#*.}"
  case "$1" in
    etcd) build_pinned "$1" etcd go.etcd.io/etcd/server/v3 "$ETCD_VERSION" go.etcd.io/etcd/server/v3 "-s -w" ;;
    kube*) build_pinned "$1" kubernetes k8s.io/kubernetes "$KUBERNETES_VERSION" "k8s.io/kubernetes/cmd/$1" "-s -w $kube" ;;
    kwok)
      GOBIN="$building/bin" run_go install -ldflags "-s -w -X sigs.k8s.io/kwok/pkg/consts.Version=v$KWOK_VERSION" \
        "sigs.k8s.io/kwok/cmd/kwok@v$KWOK_VERSION" ;;
    *)
      GOBIN="$building/bin" run_go install -ldflags "-s -w" "github.com/kubeflow/training-operator/cmd/$1@v$OPERATOR_VERSION" ;;
  esac
  mv "$building/bin/$1" "$folder/.$1"
  mv "$folder/.$1" "$folder/$1"
}

# The folder where Go keeps the sources of a module.
sources() { (cd "$building" && GOWORK=off go mod download -json "$1") | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",\{0,1\}$/\1/p'; }

get_crds() {
  local operator kwok kind
  operator=$(sources "github.com/kubeflow/training-operator@v$OPERATOR_VERSION")
  kwok=$(sources "sigs.k8s.io/kwok@v$KWOK_VERSION")
  mkdir "$building/crds"
  for kind in tfjobs pytorchjobs; do
    cat "$operator/manifests/base/crds/kubeflow.org_$kind.yaml" >"$building/crds/$kind.yaml"
  done
  for kind in logs clusterlogs portforwards clusterportforwards; do
    cat "$kwok/kustomize/crd/bases/kwok.x-k8s.io_$kind.yaml" >"$building/crds/$kind.yaml"
  done
  mv "$building/crds" "$folder/crds"
}

minutes_of() { case "$1" in kube-apiserver) echo 4 ;; kwok | kube-controller-manager) echo 2 ;; *) echo 1 ;; esac; }

get_missing() {
  local program missing=() count=0
  for program in "${programs[@]}"; do
    is_there "$program" || take_found "$program" || missing+=("$program")
  done
  command -v go >/dev/null || die "the tests' control plane is built with Go, which is not in PATH (it lacks: ${missing[*]:-crds})"
  # With the lock held, nobody else builds: what lies there was left by a build that was killed.
  if command -v flock >/dev/null; then rm -rf "$NAUTA_TOOLS"/bed-building-*; fi
  building=$(mktemp -d "$NAUTA_TOOLS/bed-building-XXXXXX")
  trap 'rm -rf "$building"' EXIT
  mkdir "$building/bin" "$building/tmp"
  for program in ${missing[@]+"${missing[@]}"}; do
    count=$((count + 1))
    say "building $program from its Go module ($count of ${#missing[@]}, about $(minutes_of "$program") min on two cores, once)"
    build "$program"
  done
  [ -d "$folder/crds" ] || get_crds
}

mkdir -p "$folder"
if ! is_whole; then
  # Two checkouts may want it at the same time: one builds, the other waits.
  exec 9>"$NAUTA_TOOLS/bed.lock"
  if command -v flock >/dev/null; then flock 9; fi
  is_whole || get_missing
fi
echo "$folder"
