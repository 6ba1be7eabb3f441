package parse

// hostServers are hypervisors, storage, directory and file servers.
var hostServers = []server{}
