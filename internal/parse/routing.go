package parse

// frrShapes are what FRR's and Quagga's routing daemons say of their neighbours; a code in brackets may come first.
var frrShapes = []serverShape{
	{`{x}%ADJCHANGE: neighbor {addr}({host}) in vrf {#frr.vrf} Down {reason}`, "neighbor", failure, ""},
	{`{x}%ADJCHANGE: neighbor {addr}({host}) in vrf {x} Up`, "neighbor", success, ""},
	{`{x}%ADJCHANGE: neighbor {addr} in vrf {#frr.vrf} Down {reason}`, "neighbor", failure, ""},
	{`{x}%ADJCHANGE: neighbor {addr} in vrf {x} Up`, "neighbor", success, ""},
	{`{x}%ADJCHANGE: neighbor {addr} Down {reason}`, "neighbor", failure, ""},
	{`{x}%ADJCHANGE: neighbor {addr} Up`, "neighbor", success, ""},
	{`{x}%NOTIFICATION: sent to neighbor {addr} {ecode} ({reason}) `, "neighbor", failure, ""},
	{`{x}%NOTIFICATION: received from neighbor {addr} {ecode} ({reason}) `, "neighbor", failure, ""},
	{`{x}%MAXPFX: No. of {x} prefix received from {addr} {x} exceed, {reason}`, "neighbor", failure, ""},
	{`{x}%MAXPFXEXCEED: No. of {x} received from {addr} {x} exceed, {reason}`, "neighbor", failure, ""},
	{`{x}AdjChg: Nbr {addr}({x}) on {iif}:{x}: {x} -> Full ({reason})`, "neighbor", success, ""},
	{`{x}AdjChg: Nbr {addr}({x}) on {iif}:{x}: {x} -> Down ({reason})`, "neighbor", failure, ""},
	{`{x}AdjChg: Nbr {addr}({x}) on {iif}:{x}: {x} -> Deleted ({reason})`, "neighbor", failure, ""},
	{`{x}AdjChg: Nbr {addr}({x}) on {iif}:{x}: {reason}`, "neighbor", "", ""},
	{`{x}interface {iif}:{x}: auth-type mismatch, {reason}`, "access_denied", failure, ""},
	{`{x}interface {iif}:{x}: ospf_check_md5 {reason}`, "access_denied", failure, ""},
	{`{x}Vty connection from {addr}`, "connect", "", ""},
	{`{x}bad password, {reason}`, login, failure, "bad password"},
	{`{x}Terminating on signal`, "service_state", "", ""},
}

// birdShapes are what BIRD says of its protocols, whose name comes first.
var birdShapes = []serverShape{
	{`{svc}: BGP session established`, "neighbor", success, ""},
	{`{svc}: BGP session closed`, "neighbor", failure, ""},
	{`{svc}: Received: {reason}`, "neighbor", failure, ""},
	{`{svc}: Error: {reason}`, "neighbor", failure, ""},
	{`{svc}: Connection lost ({reason})`, "neighbor", failure, ""},
	{`{svc}: Connection closed`, "neighbor", failure, ""},
	{`{svc}: Neighbor lost`, "neighbor", failure, ""},
	{`{svc}: Unexpected connect from unknown address {addr} (port {sport})`, "access_denied", failure, ""},
	{`{svc}: Incoming connection from {addr} (port {sport}) rejected`, "access_denied", failure, ""},
	{`{svc}: Incoming connection from {addr} (port {sport}) accepted`, "connect", success, ""},
	{`{svc}: Route limit exceeded{reason}`, "neighbor", failure, ""},
	{`{svc}: Neighbor {addr} on {iif} changed state from {x} to Full`, "neighbor", success, ""},
	{`{svc}: Neighbor {addr} on {iif} changed state from {x} to Down`, "neighbor", failure, ""},
	{`{svc}: Neighbor {addr} on {iif} changed state from {reason}`, "neighbor", "", ""},
	{`{svc}: State changed to {reason}`, "neighbor", "", ""},
	{`{svc}: Authentication failed for {addr} on {iif} - {reason}`, "access_denied", failure, ""},
	{`Reconfiguration requested by {reason}`, "configuration", "", ""},
	{`Reconfigured`, "configuration", success, ""},
	{`Started`, "service_state", "", ""},
	{`Shutting down`, "service_state", "", ""},
	{`Shutdown completed`, "service_state", "", ""},
}

// cephShapes are Ceph's audit of commands, in its own log or among a daemon's, its gateway's requests, and what it says of the cluster's health.
var cephShapes = []serverShape{
	{`{x}from='{x} {addr}/{x}' entity='{user}' cmd={>cmd}: dispatch`, "command", "", ""},
	{`{x}from='{x} {addr}/{x}' entity='{user}' cmd={>cmd}: finished`, "command", success, ""},
	{`{x}from='{x} {addr}/{x}' entity='{user}' cmd={>cmd}:  access denied`, "command", failure, "access denied"},
	{`{x}from='{x}' entity='{user}' cmd={>cmd}: dispatch`, "command", "", ""},
	{`{x}from='{x}' entity='{user}' cmd={>cmd}: finished`, "command", success, ""},
	{`{x}from='{x}' entity='{user}' cmd={>cmd}:  access denied`, "command", failure, "access denied"},
	{`{x}beast: {x}: {addr} - {user} [{x}] "{request}" {status} {x}`, "http_request", "", ""},
	{`{x}cluster [{level}] Health check {reason}`, "cluster_changed", "", ""},
	{`{x}log_channel(cluster) log [{level}] : {reason}`, "cluster_changed", "", ""},
}

// kasmShapes are log-ins to Kasm Workspaces, in its text logs or as the message of its JSON.
var kasmShapes = []serverShape{
	{`{x}Authentication attempt invalid password for user: ({user})`, login, failure, "wrong password"},
	{`{x}Authentication attempt invalid user: ({user})`, login, failure, "invalid user"},
	{`{x}Successful authentication attempt for user: ({user})`, login, success, ""},
}

// jamfShapes are Jamf Pro's log of access (JSSAccess.log) and of what its administrators changed (JAMFChangeManagement.log), in its cloud as the message of JSON.
var jamfShapes = []serverShape{
	{`{x}username={user}, status=Successful Login, ipAddress={addr}, entryPoint={svc}`, login, success, ""},
	{`{x}username={user}, status=Failed Login, ipAddress={addr}, entryPoint={svc}`, login, failure, ""},
	{`{x}username={user}, status=Successful token creation, ipAddress={addr}, entryPoint={svc}`, login, success, ""},
	{`{x}username={user}, status=Failed token creation, ipAddress={addr}, entryPoint={svc}`, login, failure, ""},
	{`{x}username={user}, status=Successful SSO Logout, ipAddress={addr}, entryPoint={svc}`, "logout", success, ""},
	{`{x}username={user}, status=Successful Logout, ipAddress={addr}, entryPoint={svc}`, "logout", success, ""},
	{`{x}] - [{user} (ID: {uid})] [READ] [{#jamf.object}] [`, "configuration_read", success, ""},
	{`{x}] - [{user} (ID: {uid})] [CREATE] [{#jamf.object}] [`, "configuration", success, ""},
	{`{x}] - [{user} (ID: {uid})] [UPDATE] [{#jamf.object}] [`, "configuration", success, ""},
	{`{x}] - [{user} (ID: {uid})] [DELETE] [{#jamf.object}] [`, "configuration", success, ""},
}
