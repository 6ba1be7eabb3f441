package rawsql

import (
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// Nothing breaks a function off within a block of rows, so that none may take long there. What is done for each element of an array is bound by memory, since the engine
// writes down for each what belongs to it, but for constants; and what patterns cost is known only of those that are written out.
const (
	// maxLambdaText bounds the bytes of constants in lambdas, which are gone through for each element.
	maxLambdaText = 512
	// maxPattern bounds the instructions of a regular expression, each of which may be tried at each byte.
	maxPattern = 2000
	// maxRepeated bounds those that come of repetitions, where the automaton is too large for the engine to make: it then follows each of them at each byte.
	maxRepeated = 100
	// maxFar bounds the bytes of a text that are gone through once for each place where a pattern is found, maxFarPattern that pattern.
	maxFar        = 2048
	maxFarPattern = 200
)

// patternAt says which argument of a function is a regular expression, likeAt a pattern of LIKE, and textsAt a list of texts.
var (
	patternAt = map[string]int{"match": 1, "extract": 1, "extractAll": 1, "extractAllGroups": 1, "extractGroups": 1, "regexpExtract": 1, "countMatches": 1, "replaceRegexpOne": 1,
		"replaceRegexpAll": 1, "splitByRegexp": 0, "multiMatchAny": 1}
	likeAt  = map[string]int{"mapContainsKeyLike": 1, "mapExtractKeyLike": 1}
	textsAt = map[string]int{"multiSearchAny": 1, "multiSearchAnyCaseInsensitive": 1, "multiSearchFirstIndex": 1, "multiMatchAny": 1}
)

// soughtAt says which argument of a function is a text that it looks for in another, in the worst case anew at each byte. One that is not written out, and may be
// as long as the other, counts with its first maxCompared bytes.
var soughtAt = map[string]int{"position": 1, "locate": 0, "positionCaseInsensitive": 1, "positionUTF8": 1, "positionCaseInsensitiveUTF8": 1, "countSubstrings": 1, "countSubstringsCaseInsensitive": 1,
	"replaceOne": 1, "replaceAll": 1, "replace": 1}

// cut says whether argument i of c counts with its first maxCompared bytes only.
func cut(c *call, i int) bool {
	sought, ok := soughtAt[c.fn]
	return slices.Contains(compared, c.fn) || ok && i == sought && !literally(c.args[i])
}

// findAll are the functions that look for a pattern behind each place where it was found.
var findAll = []string{"countMatches", "extractAll", "extractAllGroups", "replaceRegexpAll", "splitByRegexp"}

// patterns holds the arguments of c to what its function may take. It says whether a pattern may go through the rest of a text, which is short, once for each place.
func (w *writer) patterns(c *call) (far bool) {
	texts, several := textsAt[c.fn]
	expr, regular := patternAt[c.fn]
	like, plain := likeAt[c.fn]
	switch {
	case several && texts < len(c.args):
		list, ok := c.args[texts].(*array)
		if !ok {
			w.fail(c.at, "%s wants its texts written out, as ['one', 'two']", c.fn)
		}
		for _, x := range list.items {
			w.pattern(x, c.at, c.fn, regular)
		}
	case regular && expr < len(c.args):
		re := w.pattern(c.args[expr], c.at, c.fn, true)
		if slices.Contains(findAll, c.fn) && looksFar(re, &w.work) {
			if len(c.args) < 2 || !short(c.args[1-expr]) {
				w.fail(c.at, "%s: behind each place that it finds the pattern may look at all that follows, as a.*b does, but not a[^b]*b, and not a.*?b: take one that ends, or the beginning of the text, substring(…, 1, %d)", c.fn, maxFar)
			}
			if steps(re, true) > maxFarPattern {
				w.fail(c.at, "%s: the regular expression is too large for one that may look at all that follows", c.fn)
			}
			return true
		}
	case plain && like < len(c.args):
		w.pattern(c.args[like], c.at, c.fn, false)
	case (c.fn == "hasAny" || c.fn == "hasAll") && !slices.ContainsFunc(c.args, func(x node) bool { _, ok := x.(*array); return ok }): // each of the one is compared with each of the other
		w.fail(c.at, "%s wants one of its arrays written out, as ['one', 'two']; of others arrayIntersect gives what they share", c.fn)
	}
	return false
}

// short says whether x takes at most maxFar bytes of a text.
func short(x node) bool {
	c, ok := x.(*call)
	if !ok || !slices.Contains([]string{"substring", "substr", "mid"}, c.fn) || len(c.args) != 3 {
		return false
	}
	n, ok := c.args[2].(*literal)
	if !ok {
		return false
	}
	most, err := strconv.Atoi(n.num)
	return err == nil && 0 <= most && most <= maxFar
}

// pattern holds x, a pattern of what, to being a text; a regular one, which it gives, to being small, too.
func (w *writer) pattern(x node, at int, what string, regular bool) *syntax.Regexp {
	v, ok := x.(*value)
	if !ok {
		w.fail(at, "%s wants its pattern written out, as a text: one that is reckoned for each row may take any time", what)
	}
	if !regular {
		return nil
	}
	re, err := syntax.Parse(v.s, syntax.Perl|syntax.DotNL) // as the engine does
	if err != nil {
		w.fail(at, "%s: %s", what, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	if n := steps(re, true); n > maxPattern || n-steps(re, false) > maxRepeated && automaton(re, &w.work) == nil {
		w.fail(at, "%s: the regular expression is too large: repetitions multiply", what)
	}
	return re
}

// steps estimates the instructions of re, up to some more than maxPattern, with what is repeated so many times as often as that, or once.
func steps(re *syntax.Regexp, repeated bool) int {
	n := 1 + len(re.Rune)/2 // texts, and ranges of classes
	for _, sub := range re.Sub {
		n += steps(sub, repeated)
	}
	if re.Op == syntax.OpRepeat && repeated {
		n *= max(re.Min, re.Max, 1)
	}
	return min(n, 2*maxPattern)
}

// inLambda counts a constant of so many bytes, if it stands in a lambda.
func (w *writer) inLambda(sc *scope, bytes int) {
	if len(sc.locals) == 0 {
		return
	}
	if w.texts += bytes; w.texts > maxLambdaText {
		w.fail(sc.lambda, "constants in lambdas have more than %d bytes, and each is gone through for each element: IN takes more", maxLambdaText)
	}
}

// literally says that x is a number or a text as it stands there.
func literally(x node) bool {
	switch x.(type) {
	case *literal, *value:
		return true
	}
	return false
}

// constant says whether a column is one, of a subquery.
func (b *bound) constant(column string) bool {
	i := slices.Index(b.columns, column)
	return i >= 0 && i < len(b.fixed) && b.fixed[i]
}

// constant says whether x may be one: then it may be large, and no row's.
func (sc *scope) constant(x node) bool {
	all := func(list ...node) bool {
		return !slices.ContainsFunc(list, func(x node) bool { return x != nil && !sc.constant(x) })
	}
	switch x := x.(type) {
	case *name:
		return sc.means(x)
	case *unary:
		return sc.constant(x.x)
	case *binary:
		return all(x.l, x.r)
	case *like:
		return all(x.l, x.r)
	case *between:
		return all(x.x, x.low, x.high)
	case *isNull:
		return sc.constant(x.x)
	case *in:
		return all(x.x) && all(x.list...)
	case *index:
		return all(x.x, x.at)
	case *part:
		return sc.constant(x.x)
	case *array:
		return all(x.items...)
	case *tuple:
		return all(x.items...)
	case *cast:
		return sc.constant(x.x)
	case *interval:
		return sc.constant(x.x)
	case *lambda:
		inner := *sc
		inner.locals = append(slices.Clip(sc.locals), x.params...)
		return inner.constant(x.body)
	case *cases:
		for _, one := range x.whens {
			if !all(one[0], one[1]) {
				return false
			}
		}
		return all(x.x, x.other)
	case *call:
		return x.over == nil && !perRow[x.fn] && all(x.args...)
	}
	return true // literals, and subqueries that give one value
}

// perRow are the functions whose result is of rows, whatever their arguments.
var perRow = func() map[string]bool {
	m := map[string]bool{}
	for _, f := range strings.Fields(aggregates + windows) {
		m[f], m[f+"If"] = true, true
	}
	return m
}()

// local says whether n is a parameter of a lambda.
func (sc *scope) local(n *name) bool {
	return len(n.parts) == 1 && slices.Contains(sc.locals, n.parts[0])
}

// means says whether what a name means may be a constant. A lambda's parameters stand for elements.
func (sc *scope) means(n *name) bool {
	whole := strings.Join(n.parts, ".")
	if sc.local(n) {
		return true // of a constant array it would be; what else stands there decides
	}
	for _, b := range sc.sources {
		if len(n.parts) > 1 && b.alias == n.parts[0] && slices.Contains(b.columns, strings.Join(n.parts[1:], ".")) {
			return b.constant(strings.Join(n.parts[1:], "."))
		}
	}
	for _, b := range sc.sources {
		if slices.Contains(b.columns, whole) {
			return b.constant(whole)
		}
	}
	it := sc.fixed[whole]
	if it == nil {
		return false // of ARRAY JOIN, or found not to be one
	}
	sc.fixed[whole] = &item{x: &literal{"0"}} // while it is looked at, and if it is one
	outer := *sc
	outer.locals = nil
	if outer.constant(it.x) {
		return true
	}
	delete(sc.fixed, whole)
	return false
}
