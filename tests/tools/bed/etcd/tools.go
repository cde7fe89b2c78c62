//go:build tools

// Package testbins names etcd, so that go.mod and go.sum pin what it is built from. Its own go.mod has `replace` lines, which
// `go install PROGRAM@VERSION` refuses.
package testbins

import _ "go.etcd.io/etcd/server/v3"
