package main

import (
	"bufio"
	"fmt"
	"os"

	"watchpost/internal/event"
	"watchpost/internal/normalise"
	"watchpost/internal/parse"
)

// input is the events in all forms.
type input struct {
	lines    []byte   // ours, one a line
	ends     []int    // of lines
	flat     string   // file of them with Sigma's names
	blocks   [][]byte // encoded
	packed   int      // bytes of blocks
	bytes    int      // of flat
	rows     []int    // of the blocks before, by block
	distinct float64  // share of command lines in the first event.MaxRows events that differ
}

func newInput(events int, seed uint64, s shape, file string) (*input, error) {
	g, in := newGenerator(seed, s), &input{flat: file}
	out, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	w := bufio.NewWriter(out)
	seen, n := map[string]bool{}, 0
	for i := range events {
		e := g.event()
		in.lines = append(in.lines, e.ours...)
		in.ends = append(in.ends, len(in.lines))
		k, _ := fmt.Fprintf(w, `{"row":%d,%s`+"\n", i, e.flat[1:]) // an error stays for Flush
		in.bytes += k
		if i < event.MaxRows && e.commandLine != "" {
			seen[e.commandLine] = true
			n++
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	in.distinct = float64(len(seen)) / float64(max(n, 1))
	rows := 0
	err = in.parsed(func(batch *event.Batch) {
		batch.SetID(event.NewBlockID(int64(len(in.blocks))))
		in.blocks = append(in.blocks, batch.AppendBlock(nil))
		in.packed += len(in.blocks[len(in.blocks)-1])
		in.rows = append(in.rows, rows)
		rows += batch.Rows()
	})
	if err == nil && rows != events {
		err = fmt.Errorf("%d events became %d rows", events, rows)
	}
	return in, err
}

// parsed parses all lines and gives them in batches as the ingester closes blocks.
func (in *input) parsed(f func(*event.Batch)) error {
	p, err := parse.New(parse.Options{})
	if err != nil {
		return err
	}
	batch, form, from := new(event.Batch), normalise.Defaults, 0
	for i, end := range in.ends {
		received := int64(1_791_187_200_000_000_000) + int64(i)*1e6
		stamp := p.Line(batch, in.lines[from:end], received, parse.Auto)
		form.Row(batch, normalise.Stamp(stamp), received)
		batch.SetString(event.Tenant, "default")
		batch.End()
		if from = end; batch.Full() || i == len(in.ends)-1 {
			f(batch)
			batch.Reset()
		}
	}
	return nil
}

// decoded decodes all blocks, as the detector does with what it reads from Kafka.
func (in *input) decoded(f func(block int, b *event.Batch)) error {
	batch := new(event.Batch)
	for i, block := range in.blocks {
		if err := batch.Decode(event.NewBlockID(int64(i)), block); err != nil {
			return err
		}
		f(i, batch)
	}
	return nil
}
