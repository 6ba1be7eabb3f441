// Package e2e holds tests only: they run the built product, with real senders, real engines and real faults.
package e2e
