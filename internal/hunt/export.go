package hunt

// ExportRows is how many events an export asks for at a time, about: with fewer, what lies within one moment is read over and over.
const ExportRows = 50_000

// Part gives the same query for a part of its range.
func (q *Query) Part(from, to int64) *Query {
	part := *q
	part.From, part.To = max(q.From, from), min(q.To, to)
	return &part
}

// Parts cuts the range of q where counts, by start of bucket and Step wide, add up to about rows: so that what is asked for at a time stays small.
// The parts touch, are in the order of q, and together are its range.
func (q *Query) Parts(starts []int64, counts []uint64, rows uint64) []*Query {
	cuts, sum := []int64{q.From}, uint64(0)
	for i, at := range starts {
		if sum > 0 && sum+counts[i] > rows && at > cuts[len(cuts)-1] {
			cuts, sum = append(cuts, at), 0
		}
		sum += counts[i]
	}
	cuts = append(cuts, q.To)
	var out []*Query
	for i := range len(cuts) - 1 {
		out = append(out, q.Part(cuts[i], cuts[i+1]))
	}
	if q.Desc {
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
	}
	return out
}
