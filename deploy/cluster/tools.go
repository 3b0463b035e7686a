//go:build tools

// Package tools names the programs that are built here, so that go.mod and go.sum pin all that they need.
package tools

import (
	_ "go.temporal.io/server/cmd/server"
	_ "go.temporal.io/server/cmd/tools/sql"
)
