package source

import "net/http"

// records collects what one request's records are made of, where they are not simply parts of its body: the records of a
// protocol that wraps its events (Splunk's HEC, OTLP, Loki, GELF) become JSON objects of one member, named as the
// protocol, so that whoever reads one tells by itself what it is.
type records struct {
	b       *body // whose reservation grows with data
	max     int   // bytes of one record
	data    []byte
	ends    []int
	reasons map[string]int // of records rejected
	first   string         // the first reason
	vain    int            // bytes written of records that turned out too large
	over    error          // what the request as a whole exceeds; then nothing of it is taken
}

// maxRecords bounds the records of a request: an empty one costs its sender two bytes, and us a hundred.
const maxRecords = 1 << 18

// maxGrowth is by how much the records of a request may be larger than a body may: what an envelope says once, each of
// its records repeats.
const maxGrowth = 4

const tooLargeTogether = tooLarge("the records of the body are too large together")

func (h *HTTP) records(b *body) *records {
	return &records{b: b, max: h.opt.MaxRecord, reasons: map[string]int{}}
}

// add adds the record that write appends to data.
func (r *records) add(write func(dst []byte) []byte) {
	from := len(r.data)
	if r.over != nil {
		return
	}
	r.data = write(r.data)
	if len(r.data)-from > r.max {
		r.vain += len(r.data) - from
		r.data = r.data[:from]
		r.reject(TooLarge)
		if r.vain > maxGrowth*r.b.h.opt.MaxDecoded { // each may repeat what the request says once
			r.over = tooLargeTogether
		}
		return
	}
	r.ends = append(r.ends, len(r.data))
	h := r.b.h
	if cost := cap(r.data) + cap(r.ends)*(8+frameSize); cost > r.b.extra {
		h.buffered.Add(int64(cost - r.b.extra))
		r.b.extra = cost
	}
	switch {
	case len(r.data) > maxGrowth*h.opt.MaxDecoded:
		r.over = tooLargeTogether
	case len(r.ends) > maxRecords:
		r.over = tooMany
	case h.buffered.Load() > int64(h.opt.MaxBuffered) && r.b.extra > firstBody:
		r.over = errBusy
	}
}

// frameSize is what a Frame takes.
const frameSize = 32

// reject counts a record that is not taken.
func (r *records) reject(reason string) {
	r.reasons[reason]++
	if r.first == "" {
		r.first = reason
	}
}

func (r *records) frames() []Frame {
	out := make([]Frame, len(r.ends))
	from := 0
	for i, end := range r.ends {
		out[i].Data = r.data[from:end]
		from = end
	}
	return out
}

func (r *records) rejected() (n int) {
	for _, c := range r.reasons {
		n += c
	}
	return n
}

// deliver hands the records on as one request, known by key, and counts those rejected. Where it reports false it has
// answered.
func (h *HTTP) deliver(w http.ResponseWriter, req *http.Request, who sender, key []byte, r *records, fail fail) bool {
	switch r.over {
	case nil:
	case errBusy:
		h.later(w, req, fail, errBusy.Error())
		return false
	default:
		h.refuse(w, req, fail, http.StatusRequestEntityTooLarge, r.over.Error())
		return false
	}
	if !h.hand(w, req, who, requestID(req, who, key), r.frames(), fail) {
		return false
	}
	h.rejected(req, who, r.reasons)
	return true
}
