// Command ingest runs the role ingest against external Kafka and ClickHouse.
package main

import (
	"os"

	"watchpost/internal/app"
)

func main() { os.Exit(app.Main("ingest", os.Args[1:])) }
