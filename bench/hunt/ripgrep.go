package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"
)

// ripgrep looks for the same in the lines as files, plain and compressed; the files lie in the system's cache as far as they fit.
func (b *bench) ripgrep(ctx context.Context, r *report) error {
	if _, err := exec.LookPath(b.rg); err != nil {
		r.noRipgrep = "ripgrep is not installed (Debian's package ripgrep), so its lines are missing."
		say("%s", r.noRipgrep)
		return nil
	}
	plain, packed := filepath.Join(b.dir, "lines.log"), filepath.Join(b.dir, "lines.log.zst")
	if err := b.write(plain, packed); err != nil {
		return err
	}
	for _, x := range []struct {
		name, file string
		args       []string
	}{{"plain", plain, nil}, {"zstd", packed, []string{"-z"}}} {
		if _, err := exec.LookPath("zstd"); err != nil && x.name == "zstd" {
			r.noRipgrep = "zstd is not installed, which ripgrep needs for compressed files."
			return nil
		}
		info, err := os.Stat(x.file)
		if err != nil {
			return err
		}
		g := grepped{name: x.name, bytes: info.Size()}
		for i := range 3 {
			for needle, text := range map[int]string{i: address(i), needles + i: word(i)} {
				took, cpu, err := b.grep(ctx, append(x.args, "-F", "-w", "-i", "-c", text, x.file), b.corpus.lines(needle))
				if err != nil {
					return err
				}
				g.times, g.cpu = append(g.times, took), g.cpu+cpu
			}
		}
		g.cpu /= time.Duration(len(g.times))
		r.grepped = append(r.grepped, g)
	}
	return nil
}

// grep runs ripgrep, which must count want lines.
func (b *bench) grep(ctx context.Context, args []string, want int) (took, cpu time.Duration, err error) {
	cmd := exec.CommandContext(ctx, b.rg, args...)
	start := time.Now()
	out, err := cmd.Output()
	took = time.Since(start)
	if exit := (*exec.ExitError)(nil); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1 && want == 0) {
		return 0, 0, fmt.Errorf("%v: %w", cmd.Args, err)
	}
	n := 0
	fmt.Sscan(string(out), &n)
	if n != want {
		return 0, 0, fmt.Errorf("%v: %d lines, want %d", cmd.Args, n, want)
	}
	return took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// write writes the lines, unless they are there.
func (b *bench) write(plain, packed string) error {
	if _, err := os.Stat(packed); err == nil && b.again {
		return nil
	}
	say("writing the lines")
	f, err := os.Create(plain)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := os.Create(packed)
	if err != nil {
		return err
	}
	defer z.Close()
	pack, err := zstd.NewWriter(z)
	if err != nil {
		return err
	}
	one, two := bufio.NewWriterSize(f, 1<<20), bufio.NewWriterSize(pack, 1<<20)
	var line []byte
	for n := range b.corpus.events {
		line = append(b.corpus.append(line[:0], n), '\n')
		if _, err := one.Write(line); err != nil {
			return err
		}
		if _, err := two.Write(line); err != nil {
			return err
		}
	}
	return errors.Join(one.Flush(), two.Flush(), pack.Close())
}
