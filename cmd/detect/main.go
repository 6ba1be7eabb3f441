// Command detect runs the role detect against external Kafka and ClickHouse.
package main

import (
	"os"

	"watchpost/internal/app"
)

func main() { os.Exit(app.Main("detect", os.Args[1:])) }
