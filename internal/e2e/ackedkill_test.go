package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	lumber "github.com/elastic/go-lumber/client/v2"
	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/log"
	sdk "go.opentelemetry.io/otel/sdk/log"

	"watchpost/bench/gen"
)

// ackedSender sends batches of lines and learns what was acknowledged, as a real client of its protocol does.
type ackedSender struct {
	name string
	open func(t *testing.T, p *product) (send func(ctx context.Context, lines []string) error)
}

// ackedSenders are those whose batches must be stored once, however often they are sent.
var ackedSenders = []ackedSender{
	{"hec-ack", hecAck}, {"bulk", bulkClient}, {"otlp-http", otlpHTTP}, {"otlp-grpc", otlpGRPC}, {"lumberjack", lumberClient},
}

// TestKillAcked kills the product while senders of every protocol with acknowledgements send, each of which sends a batch again until
// it is acknowledged, and now and then once more. Nothing acknowledged may be missing, and nothing stored twice.
func TestKillAcked(t *testing.T) {
	t.Parallel()
	random := seed(t)
	p := install(t, setup{agents: "http2: true"})
	p.start()
	l := newLoad(p, 0)
	const batch = 120
	type state struct{ batches, retries, again atomic.Int64 }
	all := make([]state, len(ackedSenders))
	var over atomic.Bool
	for i, s := range ackedSenders {
		send := s.open(t, p)
		l.ended.Go(func() {
			stream := gen.Stream{Run: l.run, Source: i, Format: gen.RFC5424}
			for n := 0; !over.Load(); n += batch {
				lines := make([]string, batch)
				for k := range lines {
					lines[k] = string(stream.Append(nil, n+k, time.Now()))
				}
				l.book.Sent(i, n, n+batch)
				until := func() bool {
					for send(t.Context(), lines) != nil {
						all[i].retries.Add(1)
						select {
						case <-time.After(50 * time.Millisecond):
						case <-t.Context().Done():
							return false
						}
					}
					return true
				}
				if !until() {
					return
				}
				l.book.Acked(i, n, n+batch)
				if all[i].batches.Add(1)%20 == 7 { // the answer was lost
					if !until() {
						return
					}
					all[i].again.Add(1)
				}
			}
		})
	}
	// busy waits until every sender has had some more batches acknowledged.
	busy := func(more int64) {
		from := make([]int64, len(all))
		for i := range all {
			from[i] = all[i].batches.Load()
		}
		p.until(2*time.Minute, "all senders go on", func() error {
			for i := range all {
				if got := all[i].batches.Load() - from[i]; got < more {
					return fmt.Errorf("%s: %d batches acknowledged, %d attempts failed", ackedSenders[i].name, got, all[i].retries.Load())
				}
			}
			return nil
		})
	}
	kills := rounds(t, 2)
	for range kills {
		busy(2 + random.Int64N(4))
		<-time.After(time.Duration(random.IntN(50)) * time.Millisecond) // within a batch
		p.kill()
		p.start()
	}
	busy(3)
	over.Store(true)
	l.ended.Wait()
	if err := l.book.Close(); err != nil {
		t.Fatal(err)
	}
	p.settled(time.Minute)
	r := l.result()
	duplicates := uint64(0)
	for _, a := range p.db.balanced() {
		duplicates += a.dropped
	}
	t.Logf("killed %d times: %v; rows recognised as repeated %d", kills, r, duplicates)
	if !r.Exact() || r.Unaccounted != 0 || r.Other > 0 || r.Acked != r.Sent {
		t.Errorf("stored is not what was sent: %v", r)
	}
	again := int64(0)
	for i := range all {
		again += all[i].again.Load()
		t.Logf("%s: %d batches, %d attempts failed, %d sent again", ackedSenders[i].name, all[i].batches.Load(), all[i].retries.Load(), all[i].again.Load())
		if all[i].retries.Load() < int64(kills) {
			t.Errorf("%s: %d attempts failed: nothing is proven", ackedSenders[i].name, all[i].retries.Load())
		}
	}
	if duplicates < uint64(again)*batch {
		t.Errorf("%d rows recognised as repeated, %d batches were sent again", duplicates, again)
	}
}

// result compares the lines that are stored, within whatever they came in, with the ledger.
func (l *load) result() gen.Result {
	l.p.t.Helper()
	v := gen.Verifier{Run: l.run}
	if err := l.p.db.rows("SELECT `event.original` FROM events", func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		v.Line([]byte(lineWithin(text)))
		return nil
	}); err != nil {
		l.p.t.Fatal(err)
	}
	return v.Result(l.account(), 0)
}

// account reads the ledger.
func (l *load) account() *gen.Account {
	t := l.p.t
	t.Helper()
	f, err := os.Open(l.path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	book, err := gen.ReadLedger(f)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// lineWithin gives the line of a load that a JSON text holds somewhere, or the text itself.
func lineWithin(text string) string {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	found := text
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			if strings.Contains(v, " H1 run=") {
				found = v
			}
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			for _, one := range v {
				walk(one)
			}
		}
	}
	walk(v)
	return found
}

// postJSON sends a body as agents do and decodes the answer into out.
func postJSON(ctx context.Context, c *http.Client, url string, header map[string]string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, "POST", url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", res.Status, text)
	}
	return json.Unmarshal(text, out)
}

func agentClient(t *testing.T) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 1}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Timeout: time.Minute, Transport: transport}
}

// hecAck sends a batch in three requests of one channel, then asks which are acknowledged, as Splunk's forwarders do. Numbers that are
// not known any more are sent again.
func hecAck(t *testing.T, p *product) func(context.Context, []string) error {
	c, channel := agentClient(t), map[string]string{"X-Splunk-Request-Channel": uuid.NewString(), "Authorization": "Splunk any"}
	return func(ctx context.Context, lines []string) error {
		ids := map[uint64]bool{}
		for i := range 3 {
			var body []byte
			for _, line := range lines[i*len(lines)/3 : (i+1)*len(lines)/3] {
				one, err := json.Marshal(map[string]any{"event": line, "sourcetype": "syslog", "source": "/var/log/auth.log"})
				if err != nil {
					return err
				}
				body = append(body, one...)
			}
			var answer struct {
				AckID *uint64 `json:"ackId"`
			}
			if err := postJSON(ctx, c, "http://"+p.agents+"/services/collector/event", channel, body, &answer); err != nil {
				return err
			}
			if answer.AckID == nil {
				return errors.New("no ackId")
			}
			ids[*answer.AckID] = true
		}
		var ask struct {
			Acks []uint64 `json:"acks"`
		}
		for id := range ids {
			ask.Acks = append(ask.Acks, id)
		}
		body, err := json.Marshal(ask)
		if err != nil {
			return err
		}
		var answer struct {
			Acks map[uint64]bool `json:"acks"`
		}
		if err := postJSON(ctx, c, "http://"+p.agents+"/services/collector/ack", channel, body, &answer); err != nil {
			return err
		}
		for id := range ids {
			if !answer.Acks[id] {
				return fmt.Errorf("request %d is not acknowledged", id)
			}
		}
		return nil
	}
}

// bulkClient sends a batch to _bulk, as Elasticsearch's clients do.
func bulkClient(t *testing.T, p *product) func(context.Context, []string) error {
	c := agentClient(t)
	return func(ctx context.Context, lines []string) error {
		var body []byte
		for _, line := range lines {
			one, err := json.Marshal(map[string]any{"message": line})
			if err != nil {
				return err
			}
			body = append(append(append(body, `{"create":{"_index":"logs-e2e"}}`+"\n"...), one...), '\n')
		}
		var answer struct {
			Errors bool
			Items  []map[string]struct{ Status int }
		}
		err := postJSON(ctx, c, "http://"+p.agents+"/_bulk", map[string]string{"Content-Type": "application/x-ndjson"}, body, &answer)
		if err == nil && (answer.Errors || len(answer.Items) != len(lines) || answer.Items[0]["create"].Status != http.StatusCreated) {
			err = fmt.Errorf("answer %+v", answer)
		}
		return err
	}
}

func otlpHTTP(t *testing.T, p *product) func(context.Context, []string) error {
	e, err := otlploghttp.New(t.Context(), otlploghttp.WithEndpoint(p.agents), otlploghttp.WithInsecure(), otlploghttp.WithRetry(otlploghttp.RetryConfig{}), otlploghttp.WithCompression(otlploghttp.GzipCompression))
	return otlpBatches(t, e, err)
}

func otlpGRPC(t *testing.T, p *product) func(context.Context, []string) error {
	e, err := otlploggrpc.New(t.Context(), otlploggrpc.WithEndpoint(p.agents), otlploggrpc.WithInsecure(), otlploggrpc.WithRetry(otlploggrpc.RetryConfig{}))
	return otlpBatches(t, e, err)
}

// otlpBatches sends with an exporter of OpenTelemetry's SDK, whose own repetitions are turned off to be counted here.
func otlpBatches(t *testing.T, e sdk.Exporter, err error) func(context.Context, []string) error {
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Shutdown(context.Background()) }) // the product may be gone
	made := &recordKeeper{}
	logger := sdk.NewLoggerProvider(sdk.WithProcessor(made)).Logger("e2e")
	return func(ctx context.Context, lines []string) error {
		if len(made.records) == 0 || made.records[0].Body().AsString() != lines[0] {
			made.records = nil
			for _, line := range lines {
				var r log.Record
				r.SetTimestamp(time.Now())
				r.SetBody(attribute.StringValue(line))
				logger.Emit(ctx, r)
			}
		}
		ctx, cancel := context.WithTimeout(ctx, 40*time.Second)
		defer cancel()
		return e.Export(ctx, made.records)
	}
}

// recordKeeper keeps what is emitted, to be exported again as it is.
type recordKeeper struct{ records []sdk.Record }

func (k *recordKeeper) OnEmit(_ context.Context, r *sdk.Record) error {
	k.records = append(k.records, r.Clone())
	return nil
}
func (*recordKeeper) Enabled(context.Context, sdk.EnabledParameters) bool { return true }
func (*recordKeeper) Shutdown(context.Context) error                      { return nil }
func (*recordKeeper) ForceFlush(context.Context) error                    { return nil }

// lumberClient sends windows as Beats do: after a broken connection, over a new one, what of the window is not acknowledged.
func lumberClient(t *testing.T, p *product) func(context.Context, []string) error {
	var c *lumber.SyncClient
	acked, of := 0, ""
	return func(_ context.Context, lines []string) (err error) {
		if of != lines[0] || acked == len(lines) {
			acked, of = 0, lines[0]
		}
		if c == nil {
			if c, err = lumber.SyncDial(p.lumberjack, lumber.Timeout(20*time.Second), lumber.CompressionLevel(3)); err != nil {
				c = nil
				return err
			}
		}
		var events []any
		for i, line := range lines[acked:] {
			events = append(events, map[string]any{"message": line, "log": map[string]any{"offset": acked + i}})
		}
		n, err := c.Send(events)
		if acked += n; err != nil {
			_ = c.Close() // it is broken
			c = nil
		}
		return err
	}
}
