//go:build tools

// Package testbins names the programs of Kubernetes that the tests' control plane is made of, so that go.mod and go.sum pin
// what they are built from. Kubernetes' own go.mod has `replace` lines, which `go install PROGRAM@VERSION` refuses.
package testbins

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
	_ "k8s.io/kubernetes/cmd/kube-scheduler"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
