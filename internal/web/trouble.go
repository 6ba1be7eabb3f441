package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"

	"watchpost/internal/hunt"
)

// Trouble is what people are told of an error that none of them made: nothing in the words of store or system, which name tables, paths and what is not theirs.
type Trouble struct {
	Class string // unavailable: the same may succeed soon; internal: whoever manages Watchpost must look
	ID    string // under which the log has the error
}

func troubled(log *slog.Logger, what string, err error) Trouble {
	t := Trouble{Class: "internal", ID: troubleID()}
	op, timeout := (*net.OpError)(nil), context.DeadlineExceeded
	if errors.As(err, &op) || errors.Is(err, timeout) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		t.Class = "unavailable"
	}
	log.Warn(what, "error_id", t.ID, "class", t.Class, "error", err)
	return t
}

func (t Trouble) Error() string {
	if t.Class == "unavailable" {
		return fmt.Sprintf("what Watchpost asked for this did not answer: try again in a minute; if it lasts, tell whoever manages Watchpost of error %s", t.ID)
	}
	return fmt.Sprintf("this could not be done: tell whoever manages Watchpost of error %s, which its log explains", t.ID)
}

// TroubleOf gives what may be told of err to whoever asked: the asker's own fault as it is, that a budget is used up without the engine's words, anything else as a Trouble.
func TroubleOf(log *slog.Logger, what string, err error) error {
	for _, own := range []error{ErrOverBudget, hunt.ErrInexact} {
		if errors.Is(err, own) {
			return own
		}
	}
	if fault := (*Fault)(nil); errors.As(err, &fault) || errors.Is(err, ErrNoPack) {
		return err
	}
	return troubled(log, what, err)
}

func troubleID() string {
	id := make([]byte, 6)
	rand.Read(id)
	return hex.EncodeToString(id)
}
