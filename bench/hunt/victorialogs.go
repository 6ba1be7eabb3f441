package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// victoriaLogs is the server of that name, on the same lines.
type victoriaLogs struct {
	dir, syslog, api string
	cmd              *exec.Cmd
}

// rivals are its configurations: as it comes, each process of a host is a stream of its own; its documentation advises against such many.
var rivals = []struct{ name, streams string }{
	{"as it comes", `["hostname","app_name","proc_id"]`},
	{"streams by host and program", `["hostname","app_name"]`},
}

// rival is what VictoriaLogs took in one of them.
type rival struct {
	costs []cost // of the questions
	bytes int64
	cpu   float64 // seconds per million, to receive, store and merge
}

// rivals asks VictoriaLogs the questions, one after the other once all lines are stored and merged.
func (b *bench) rivals(ctx context.Context, r *report) error {
	path, err := exec.LookPath(b.vlogs)
	if err != nil {
		r.noRival = "VictoriaLogs is missing: -vlogs names no program."
		say("%s", r.noRival)
		return nil
	}
	for _, x := range rivals {
		one, err := b.rival(ctx, path, x.streams)
		if err != nil {
			return fmt.Errorf("victorialogs, %s: %w", x.name, err)
		}
		r.rivals = append(r.rivals, one)
	}
	return nil
}

func (b *bench) rival(ctx context.Context, path, streams string) (r rival, err error) {
	v := &victoriaLogs{dir: filepath.Join(b.dir, "victorialogs"), syslog: "127.0.0.1:45514", api: "127.0.0.1:45428"}
	if err := os.RemoveAll(v.dir); err != nil {
		return r, err
	}
	if err := v.start(ctx, path, streams); err != nil {
		return r, err
	}
	defer v.stop()
	if err := v.fill(ctx, b.corpus); err != nil {
		return r, err
	}
	if r.cpu, err = v.cpu(); err != nil {
		return r, err
	}
	r.cpu /= float64(b.events) / 1e6
	if r.bytes, err = sizeOf(v.dir); err != nil {
		return r, err
	}
	for _, q := range questions {
		say("VictoriaLogs: %s", q.logsql(0))
		c, err := b.askRival(ctx, v, q)
		if err != nil {
			return r, fmt.Errorf("%s: %w", q.logsql(0), err)
		}
		r.costs = append(r.costs, c)
	}
	return r, nil
}

func (b *bench) askRival(ctx context.Context, v *victoriaLogs, q question) (c cost, err error) {
	before := 0.0
	for i := range q.times {
		if i == q.cold() {
			if before, err = v.cpu(); err != nil {
				return c, err
			}
		}
		start := time.Now()
		n, err := v.ask(ctx, b.corpus, q, i)
		if err == nil && q.found != nil && n != q.found(b.corpus, i) {
			err = fmt.Errorf("%d events were found for number %d, want %d", n, i, q.found(b.corpus, i))
		}
		if err != nil {
			return c, err
		}
		if i >= q.cold() {
			c.warm = append(c.warm, time.Since(start))
		}
	}
	after, err := v.cpu()
	c.cpu = time.Duration((after - before) / float64(len(c.warm)) * float64(time.Second))
	return c, err
}

func (v *victoriaLogs) start(ctx context.Context, path, streams string) error {
	log, err := os.Create(v.dir + ".log")
	if err != nil {
		return err
	}
	defer log.Close()
	v.cmd = exec.Command(path, "-storageDataPath="+v.dir, "-httpListenAddr="+v.api, "-syslog.listenAddr.tcp="+v.syslog, "-syslog.streamFields.tcp="+streams, "-retentionPeriod=100y")
	v.cmd.Stdout, v.cmd.Stderr = log, log
	if err := v.cmd.Start(); err != nil {
		return err
	}
	for range 300 {
		if _, err = v.get(ctx, "/health", nil); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	v.stop()
	return fmt.Errorf("not ready within 30 s: %w", err)
}

func (v *victoriaLogs) stop() {
	_ = v.cmd.Process.Signal(syscall.SIGTERM)
	_ = v.cmd.Wait()
}

// fill sends all lines as syslog over TCP and waits until they are stored and merged.
func (v *victoriaLogs) fill(ctx context.Context, c *corpus) error {
	say("sending %d lines to VictoriaLogs", c.events)
	conn, err := net.Dial("tcp", v.syslog)
	if err != nil {
		return err
	}
	defer conn.Close()
	out := bufio.NewWriterSize(conn, 1<<18)
	var line []byte
	for n := range c.events {
		line = append(c.append(line[:0], n), '\n')
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	if err := errors.Join(out.Flush(), conn.Close()); err != nil {
		return err
	}
	for deadline := time.Now().Add(10 * time.Minute); ; time.Sleep(time.Second) {
		got, err := v.get(ctx, "/select/logsql/query", url.Values{"query": {"* | count() n"}})
		if err == nil && strings.Contains(got, fmt.Sprintf(`"n":"%d"`, c.events)) {
			break
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("after 10 min it says %q, %v; want %d", got, err, c.events)
		}
	}
	if _, err := v.get(ctx, "/internal/force_flush", nil); err != nil {
		return err
	}
	if _, err := v.get(ctx, "/internal/force_merge", nil); err != nil {
		return err
	}
	return v.quiet()
}

// quiet waits until the server has done nothing for two seconds.
func (v *victoriaLogs) quiet() error {
	was, err := v.cpu()
	for same := 0; same < 10 && err == nil; {
		time.Sleep(200 * time.Millisecond)
		var now float64
		now, err = v.cpu()
		if now-was < 0.03 {
			same++
		} else {
			same = 0
		}
		was = now
	}
	return err
}

// ask asks question q about needle i and gives the number of events, or of values, in the answer.
func (v *victoriaLogs) ask(ctx context.Context, c *corpus, q question, i int) (int, error) {
	from, to := c.first, end.Add(time.Hour)
	if q.day {
		from, to = end.Add(-24*time.Hour), end
	}
	within := func(more url.Values) url.Values {
		more.Set("start", from.Format(time.RFC3339))
		more.Set("end", to.Format(time.RFC3339))
		return more
	}
	if q.values == nil {
		got, err := v.get(ctx, "/select/logsql/query", within(url.Values{"query": {q.logsql(i) + " | sort by (_time desc) limit 100"}}))
		return strings.Count(got, "\n"), err
	}
	got, err := v.get(ctx, "/select/logsql/hits", within(url.Values{"query": {q.logsql(i)}, "step": {"30m"}}))
	n := len(got)
	for _, f := range rivalFields {
		if err != nil {
			return 0, err
		}
		got, err = v.get(ctx, "/select/logsql/query", within(url.Values{"query": {q.logsql(i) + " | top 10 by (" + f + ")"}}))
		n += strings.Count(got, "\n")
	}
	return n, err
}

func (v *victoriaLogs) get(ctx context.Context, path string, args url.Values) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+v.api+path+"?"+args.Encode(), nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.200s", path, res.Status, b)
	}
	return string(b), err
}

// cpu is the server's CPU time so far, in seconds.
func (v *victoriaLogs) cpu() (float64, error) { return cpu(v.cmd.Process.Pid) }

// sizeOf is that of all files below dir.
func sizeOf(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	return n, err
}
