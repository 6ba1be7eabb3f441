// Command load sends log lines to the product, counts what became of them and times the alerts they raise.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	commands := map[string]func(context.Context, []string) error{"send": send, "hold": hold, "verify": verify, "alerts": alerts, "print": print}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: load send|hold|verify|alerts|print [flags]; each explains itself with -h")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](ctx, os.Args[2:]); err != nil && err != flag.ErrHelp {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
