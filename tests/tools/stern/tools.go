//go:build tools

// Package testbins names stern, so that go.mod and go.sum pin what it is built from.
package testbins

import _ "github.com/stern/stern"
