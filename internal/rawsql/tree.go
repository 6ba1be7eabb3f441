package rawsql

// query is SELECTs joined by UNION ALL, with the subqueries that WITH names.
type query struct {
	with    []cte
	selects []*selection
}

type cte struct {
	name string
	at   int
	q    *query
}

// selection is one SELECT.
type selection struct {
	distinct      bool
	items         []item
	from          *source
	joins         []join
	arrays        []item // ARRAY JOIN
	leftArrays    bool
	where, having node
	groupBy       []node
	orderBy       []order
	limit, offset string // numbers
	limitBy       []node
	limitByCount  string
}

// item is a column of a result. all is * or table.*.
type item struct {
	x     node
	alias string
	all   bool
	table string
	at    int
	text  string // as written
}

// source is a table or a subquery.
type source struct {
	table, alias string
	q            *query
	at           int
}

type join struct {
	kind  string // as it is written
	src   *source
	on    node
	using []node
}

type order struct {
	x     node
	desc  bool
	nulls string
}

type node any

type (
	name struct {
		parts []string
		at    int
	}
	literal struct{ num string } // a number, or NULL
	value   struct{ s string }   // a text
	call    struct {
		fn       string // as ClickHouse writes it
		at       int
		params   []node
		args     []node
		distinct bool
		star     bool // count(*)
		over     *window
	}
	unary struct {
		op string
		x  node
	}
	binary struct {
		op   string
		l, r node
	}
	like struct {
		op   string
		at   int // of the pattern
		l, r node
	}
	between struct {
		x, low, high node
		not          bool
	}
	isNull struct {
		x   node
		not bool
	}
	in struct {
		x    node
		list []node
		q    *query
		not  bool
	}
	index struct{ x, at node }
	part  struct { // of a tuple
		x node
		n string
	}
	array  struct{ items []node }
	tuple  struct{ items []node }
	lambda struct {
		at     int
		params []string
		body   node
	}
	cases struct {
		x     node // may be nil
		whens [][2]node
		other node // may be nil
	}
	cast struct {
		x   node
		typ string
	}
	interval struct {
		x    node
		unit string
	}
	sub    struct{ q *query }
	exists struct{ q *query }
)

// window is what stands behind OVER.
type window struct {
	partition []node
	order     []order
	frame     string
}
