package hunt

import "slices"

// ExportRows is how many events an export asks for at a time, about: with fewer, what lies within one moment is read over and over.
const ExportRows = 50_000

// Part gives the same query for a part of its range.
func (q *Query) Part(from, to int64) *Query {
	part := *q
	part.From, part.To = max(q.From, from), min(q.To, to)
	return &part
}

// Part is a part of a query's range, and how many events it had when they were counted.
type Part struct {
	*Query
	Rows uint64
}

// Parts cuts the range of q where counts, by start of bucket and Step wide, add up to about rows: so that what is asked for at a time stays small.
// The parts touch, are in the order of q, and together are its range.
func (q *Query) Parts(starts []int64, counts []uint64, rows uint64) []Part {
	cuts, sums, sum := []int64{q.From}, []uint64{}, uint64(0)
	for i, at := range starts {
		if sum > 0 && sum+counts[i] > rows && at > cuts[len(cuts)-1] {
			cuts, sums, sum = append(cuts, at), append(sums, sum), 0
		}
		sum += counts[i]
	}
	cuts, sums = append(cuts, q.To), append(sums, sum)
	var out []Part
	for i := range len(cuts) - 1 {
		out = append(out, Part{q.Part(cuts[i], cuts[i+1]), sums[i]})
	}
	if q.Desc {
		slices.Reverse(out)
	}
	return out
}
