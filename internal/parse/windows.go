package parse

import "watchpost/internal/event"

// windowsNames are the names of a Windows event that was rendered from its XML, where a field holds the same.
var windowsNames = map[string]event.Field{
	"Event.System.Channel":                   event.WinlogChannel,
	"Event.System.Computer":                  event.WinlogComputerName,
	"Event.System.EventRecordID":             event.WinlogRecordID,
	"Event.System.EventID":                   event.WinlogEventID,
	"Event.System.EventID.#text":             event.WinlogEventID,
	"Event.System.Provider.#attributes.Name": event.WinlogProviderName,
	"Event.System.Provider.@Name":            event.WinlogProviderName,
	"Event.System.Provider.Name":             event.WinlogProviderName,
}

// winData is one named value of a Windows event.
type winData struct{ name, value []byte }

func (t *jsonSink) isWindows(path, v []byte) bool { return false }

func (t *jsonSink) windowsData(path, raw []byte) bool { return false }

func windows(b *event.Batch, t *jsonSink) {}
