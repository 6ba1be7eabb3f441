package ingest

import (
	"watchpost/internal/parse"
	"watchpost/internal/source"
)

// split finds the records of a frame that holds several; false: it is one. It goes by the frame alone, so that a request that is sent
// again is cut in the same way.
func split(o *source.Origin, f source.Frame) (parse.Records, bool) {
	if f.Flags&source.Truncated != 0 || o.Lines != nil && o.Lines.Format == "syslog" {
		return parse.Records{}, false
	}
	return parse.Split(f.Data)
}

// addRecord adds the next of the records; false: there was none.
func (c *chunk) addRecord(r *parse.Records) bool {
	data, ok := r.Append(c.data)
	if !ok {
		return false
	}
	c.data = data
	c.ends = append(c.ends, uint32(len(data)))
	c.cut = append(c.cut, false)
	return true
}

// rangesOf bounds the ranges that Request makes of frames.
func rangesOf(frames []source.Frame) int {
	n := len(frames) + 1
	for _, f := range frames {
		n += parse.SplitBytes(len(f.Data))/requestBytes + parse.MaxRecords/requestRows
	}
	return n
}
