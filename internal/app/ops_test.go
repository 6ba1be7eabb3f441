package app

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A client that asks and then takes nothing is given up, however long the answer.
func TestStalledClientIsGivenUp(t *testing.T) {
	ended := make(chan error, 1)
	s := httptest.NewServer(impatient{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for text := make([]byte, 1<<16); ; {
			if _, err := w.Write(text); err != nil {
				ended <- err
				return
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				ended <- err
				return
			}
		}
	}), 50 * time.Millisecond})
	defer s.Close()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the server still waits for the client")
		c.Close()
	}
}
