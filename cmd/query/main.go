// Command query runs the role query against external Kafka and ClickHouse.
package main

import (
	"os"

	"watchpost/internal/app"
)

func main() { os.Exit(app.Main("query", os.Args[1:])) }
