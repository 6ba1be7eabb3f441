package parse

import "watchpost/internal/event"

// hostShape says what a line of a program that keeps a host running means. A pattern is as in shape; its names are
//
//	{unit} service.name   {user} user.name   {cmd} process.command_line   {path} file.path   {reason} event.reason
//	{rule} rule.name      {dev} label device {n} label value              {x} {y} anything, not kept
//	{exe} process.executable    {pid} process.pid    {target} user.target.name
type hostShape struct{ pattern, action, outcome, category, typ string }

var cronShapes = [...]hostShape{
	{"({user}) CMD ({cmd}", "cron_command", "", "process", "start"},
	{"USER {user} pid {pid} cmd {cmd}", "cron_command", "", "process", "start"}, // busybox
	{"({user}) REPLACE ({target})", "crontab_changed", "success", "configuration", "change"},
	{"({user}) DELETE ({target})", "crontab_deleted", "success", "configuration", "deletion"},
	{"({user}) BEGIN EDIT ({target})", "crontab_edit", "", "configuration", "access"},
	{"({user}) END EDIT ({target})", "crontab_edited", "", "configuration", "access"},
	{"({user}) LIST ({target})", "crontab_listed", "", "configuration", "access"},
	{"({user}) RELOAD ({path})", "crontab_reloaded", "success", "configuration", "change"},
	{"({user}) AUTH ({reason})", "crontab_refused", "failure", "configuration", "denied"},
	{"({user}) ORPHAN ({reason})", "crontab_orphan", "", "configuration", "info"},
	{"({user}) CMDOUT ({reason})", "cron_output", "", "process", "info"},
	{"({user}) CMDEND ({cmd}", "cron_ended", "", "process", "end"},
	{"({user}) END ({x}) CMD ({cmd}", "cron_ended", "", "process", "end"},
	{"({user}) FAILED to authorize user with PAM ({reason})", "cron_refused", "failure", "authentication", "denied"},
	{"(CRON) error ({reason})", "cron_failed", "failure", "process", "error"},
	{"(CRON) bad {reason} ({path})", "crontab_refused", "failure", "configuration", "error"},
	{"(CRON) EXEC FAILED ({exe}): {reason}", "cron_failed", "failure", "process", "error"},
	{"Error: {reason}; while reading {path}", "crontab_refused", "failure", "configuration", "error"},
	{"Authentication service cannot retrieve authentication info", "cron_refused", "failure", "authentication", "denied"},
	{"User account has expired", "cron_refused", "failure", "authentication", "denied"},
	{"(CRON) DEATH ({reason})", "cron_stopped", "failure", "process", "end"},
	{"(CRON) STARTUP ({reason})", "cron_started", "", "process", "start"},
	{"(CRON) {x} ({reason})", "cron_note", "", "process", "info"},
	{"({user}) FAILED to open PAM security session ({reason})", "cron_refused", "failure", "authentication", "denied"},
	{"({user}) FAILED ({reason})", "cron_failed", "failure", "process", "error"},
	{"({user}) PAM ERROR ({reason})", "cron_refused", "failure", "authentication", "denied"},
	{"FILE {path} USER {user} PID {pid} {cmd}", "cron_command", "", "process", "start"}, // dcron
	{"exit status {n} from user {user} {cmd}", "cron_ended", "failure", "process", "end"},
	{"({user}) MAIL ({reason})", "cron_output", "", "process", "info"},
	{"({user}) ERROR ({reason})", "cron_failed", "failure", "process", "error"},
	{"({user}) ERROR {reason}", "cron_failed", "failure", "process", "error"},
	{"({user}) INSECURE MODE (group/other writable) ({path})", "crontab_refused", "failure", "configuration", "denied"},
	{"({user}) NUMBER OF HARD LINKS > 1 ({path})", "crontab_refused", "failure", "configuration", "denied"},
	{"({user}) STAT FAILED ({path})", "crontab_refused", "failure", "configuration", "denied"},
	{"({user}) UNABLE TO OPEN ({path})", "crontab_refused", "failure", "configuration", "denied"},
	{"({user}) INSECURE MODE ({path})", "crontab_refused", "failure", "configuration", "denied"},
	{"({user}) CAN'T OPEN ({path})", "crontab_refused", "failure", "configuration", "denied"},
	{"({user}) BAD FILE MODE ({path})", "crontab_refused", "failure", "configuration", "denied"},
	{"({user}) WRONG INODE INFO ({path})", "crontab_refused", "failure", "configuration", "denied"},
	{"({user}) WRONG FILE OWNER ({path})", "crontab_refused", "failure", "configuration", "denied"},
}

// anacronShapes are anacron's, which names jobs instead of commands, and run-parts'.
var anacronShapes = [...]hostShape{
	{"Job `{job}' started", "cron_command", "", "process", "start"},
	{"Job `{job}' terminated (exit status: {n})", "cron_ended", "failure", "process", "end"},
	{"Job `{job}' terminated (produced output)", "cron_ended", "success", "process", "end"},
	{"Job `{job}' terminated (mailing output)", "cron_ended", "success", "process", "end"},
	{"Job `{job}' terminated", "cron_ended", "success", "process", "end"},
	{"Job `{job}' locked by another anacron - {reason}", "cron_note", "", "process", "info"},
	{"Will run job `{job}' in {x}", "cron_note", "", "process", "info"},
	{"Anacron {x} started on {x}", "cron_started", "", "process", "start"},
	{"Normal exit ({reason})", "cron_stopped", "success", "process", "end"},
	{"Anacron started on {x}", "cron_started", "", "process", "start"},
	{"starting {job}", "cron_command", "", "process", "start"},
	{"finished {job}", "cron_ended", "", "process", "end"},
	{"Job {cmd} started for user {user} (pid {x})", "cron_command", "", "process", "start"},
	{"Job {cmd} completed", "cron_ended", "success", "process", "end"},
	{"Job {cmd} terminated (exit status: {n})", "cron_ended", "failure", "process", "end"},
}

var systemdShapes = [...]hostShape{
	{"{unit}: Scheduled restart job, restart counter is at {n}.", "service_restarted", "failure", "process", "change"},
	{"{unit}: Start request repeated too quickly.", "service_crash_loop", "failure", "process", "error"},
	{"{unit}: Main process exited, code={reason}", "service_exited", "failure", "process", "end"},
	{"{unit}: Failed with result '{reason}'", "service_failed", "failure", "process", "error"},
	{"{unit}: Unit entered failed state", "service_failed", "failure", "process", "error"},
	{"Unit {unit} entered failed state", "service_failed", "failure", "process", "error"},
	{"{unit}: main process exited, code={reason}", "service_exited", "failure", "process", "end"},
	{"{unit}: {x} operation timed out. Terminating.", "service_hung", "failure", "process", "error"},
	{"{unit}: Stopping timed out. Terminating.", "service_hung", "failure", "process", "error"},
	{"{unit}: Processes still around after {reason}. Entering failed mode.", "service_hung", "failure", "process", "error"},
	{"{unit} start operation timed out. Terminating.", "service_hung", "failure", "process", "error"},
	{"{unit} holdoff time over, scheduling restart.", "service_restarted", "failure", "process", "change"},
	{"start request repeated too quickly for {unit}", "service_crash_loop", "failure", "process", "error"},
	{"{unit}: A process of this unit has been killed by the OOM killer", "oom_kill", "failure", "process", "end"},
	{"{unit}: Watchdog timeout", "service_hung", "failure", "process", "error"},
	{"{unit}: {x} timed out. Killing", "service_hung", "failure", "process", "error"},
	{"{unit}: Deactivated successfully", "service_ended", "success", "process", "end"},
	{"{unit}: Succeeded", "service_ended", "success", "process", "end"},
	{"{unit}: {x} process exited, code={reason}", "service_exited", "failure", "process", "end"},
	{"{unit}: Service RestartSec={x} expired, scheduling restart.", "service_restarted", "failure", "process", "change"},
	{"{unit}: Service hold-off time over, scheduling restart.", "service_restarted", "failure", "process", "change"},
	{"{unit}: Job {x} failed with result '{reason}'.", "service_failed", "failure", "process", "error"},
	{"{unit}: Job {x} timed out.", "service_failed", "failure", "process", "error"},
	{"{unit}: Failed at step {x} spawning {exe}: {reason}", "service_failed", "failure", "process", "error"},
	{"{unit}: Failed to locate executable {exe}: {reason}", "service_failed", "failure", "process", "error"},
	{"{unit}: Failed to {reason}", "service_failed", "failure", "process", "error"},
	{"Failed to mount {unit} - {x}", "mounted", "failure", "file", "error"},
	{"Failed to mount {>unit}.", "mounted", "failure", "file", "error"},
	{"Failed unmounting {unit} - {x}", "unmounted", "failure", "file", "error"},
	{"Failed unmounting {>unit}.", "unmounted", "failure", "file", "error"},
	{"Failed to listen on {unit} - {x}", "socket_listening", "failure", "network", "error"},
	{"Failed to listen on {>unit}.", "socket_listening", "failure", "network", "error"},
	{"Failed to activate swap {>unit}.", "mounted", "failure", "file", "error"},
	{"Timed out waiting for device {>unit}.", "service_failed", "failure", "process", "error"},
	{"Assertion failed for {unit} - {x}", "service_failed", "failure", "process", "error"},
	{"Assertion failed for {>unit}.", "service_failed", "failure", "process", "error"},
	{"Failed to start {unit} - {x}", "service_failed", "failure", "process", "error"},
	{"Failed to start {>unit}.", "service_failed", "failure", "process", "error"},
	{"Started {unit} - Session {x} of User {user}.", "service_started", "success", "process", "start"},
	{"Started Session {x} of user {user}.", "service_started", "success", "process", "start"},
	{"Started Session {x} of User {user}.", "service_started", "success", "process", "start"},
	{"Started {unit} - {x}", "service_started", "success", "process", "start"},
	{"Started {>unit}.", "service_started", "success", "process", "start"},
	{"Starting {unit} - {x}", "service_starting", "", "process", "start"},
	{"Stopped {unit} - {x}", "service_stopped", "success", "process", "end"},
	{"Stopped {>unit}.", "service_stopped", "success", "process", "end"},
	{"Finished {unit} - {x}", "service_finished", "success", "process", "end"},
	{"Finished {>unit}.", "service_finished", "success", "process", "end"},
	{"{unit}: Control process exited, code={reason}", "service_exited", "failure", "process", "end"},
	{"{unit}: Consumed {reason} CPU time", "service_ended", "", "process", "info"},
	{"Dependency failed for {unit} - {x}", "service_failed", "failure", "process", "error"},
	{"Dependency failed for {>unit}.", "service_failed", "failure", "process", "error"},
	{"Starting {>unit}...", "service_starting", "", "process", "start"},
	{"Stopping {>unit}...", "service_stopping", "", "process", "end"},
	{"Stopping {unit} - {x}", "service_stopping", "", "process", "end"},
	{"Started {unit}", "service_started", "success", "process", "start"},
	{"Stopped {unit}", "service_stopped", "success", "process", "end"},
	{"Finished {unit}", "service_finished", "success", "process", "end"},
	{"Failed to start {unit}", "service_failed", "failure", "process", "error"},
	{"Reloading requested from {x}", "units_reloaded", "", "configuration", "change"},
	{"Reloading {unit} - {x}", "service_reloading", "", "process", "change"},
	{"Reloaded {unit} - {x}", "service_reloaded", "success", "process", "change"},
	{"Reloading {>unit}...", "service_reloading", "", "process", "change"},
	{"Reloaded {>unit}.", "service_reloaded", "success", "process", "change"},
	{"Reload failed for {unit} - {x}", "service_reloaded", "failure", "process", "error"},
	{"Listening on {unit} - {x}", "socket_listening", "success", "network", "info"},
	{"Listening on {>unit}.", "socket_listening", "success", "network", "info"},
	{"Closed {unit} - {x}", "socket_closed", "", "network", "info"},
	{"Closed {>unit}.", "socket_closed", "", "network", "info"},
	{"{unit}: Killing process {x} ({y}) with signal {reason}.", "service_killed", "", "process", "end"},
	{"Condition check resulted in {unit} - {x}", "service_skipped", "", "process", "info"},
	{"Condition check resulted in {unit} being skipped.", "service_skipped", "", "process", "info"},
	{"{unit}: Skipped due to '{reason}'.", "service_skipped", "", "process", "info"},
	{"{unit} - {x} was skipped because of {reason}.", "service_skipped", "", "process", "info"},
	{"Reached target {unit} - {x}", "target_reached", "success", "host", "info"},
	{"Stopped target {unit} - {x}", "target_stopped", "", "host", "info"},
	{"Created slice {unit} - {x}", "slice_created", "", "process", "info"},
	{"Removed slice {unit} - {x}", "slice_removed", "", "process", "info"},
	{"Mounted {unit} - {x}", "mounted", "success", "file", "change"},
	{"Unmounted {unit} - {x}", "unmounted", "success", "file", "change"},
	{"Reached target {>unit}.", "target_reached", "success", "host", "info"},
	{"Stopped target {>unit}.", "target_stopped", "", "host", "info"},
	{"Created slice {>unit}.", "slice_created", "", "process", "info"},
	{"Removed slice {>unit}.", "slice_removed", "", "process", "info"},
	{"Mounted {>unit}.", "mounted", "success", "file", "change"},
	{"Mounted {unit}", "mounted", "success", "file", "change"},
	{"Unmounted {>unit}.", "unmounted", "success", "file", "change"},
	{"Unmounted {unit}", "unmounted", "success", "file", "change"},
	{"Shutting down.", "shutdown", "", "host", "end"},
	{"Rebooting.", "shutdown", "", "host", "end"},
	{"Powering off.", "shutdown", "", "host", "end"},
	{"Halting system.", "shutdown", "", "host", "end"},
	{"Syncing filesystems and block devices", "shutdown", "", "host", "end"},
	{"Sending SIG{x} to remaining processes", "shutdown", "", "host", "end"},
	{"Ctrl-Alt-Del was pressed more than {x}, rebooting immediately", "shutdown", "", "host", "end"},
	{"Freezing execution", "shutdown", "failure", "host", "error"},
	{"systemd {x} running in system mode", "startup", "", "host", "start"},
	{"Startup finished in {reason}", "startup", "success", "host", "start"},
	{"Reexecuting requested from {x}", "units_reloaded", "", "configuration", "change"},
	{"Reexecuting.", "units_reloaded", "", "configuration", "change"},
	{"Reloading.", "units_reloaded", "", "configuration", "change"},
	{"Time has been changed", "clock_changed", "", "host", "change"},
	{"Clock change detected", "clock_changed", "", "host", "change"},
}

var smartdShapes = [...]hostShape{
	{"Device: {dev}, FAILED SMART self-check{x}", "disk_failing", "failure", "host", "error"},
	{"Device: {dev}, SMART Failure: {reason}", "disk_failing", "failure", "host", "error"},
	{"Device: {dev}, {n} Currently unreadable (pending) sectors", "disk_failing", "failure", "host", "error"},
	{"Device: {dev}, {n} Offline uncorrectable sectors", "disk_failing", "failure", "host", "error"},
	{"Device: {dev}, ATA error count increased from {x} to {n}", "disk_failing", "failure", "host", "error"},
	{"Device: {dev}, Self-Test Log error count increased from {x} to {n}", "disk_failing", "failure", "host", "error"},
	{"Device: {dev}, Failed SMART usage Attribute: {reason}", "disk_failing", "failure", "host", "error"},
	{"Device: {dev}, Critical Warning ({reason})", "disk_failing", "failure", "host", "error"},
	{"Device: {dev}, Temperature {n} Celsius reached critical limit", "temperature_high", "failure", "host", "error"},
	{"Device: {dev}, unable to open {x}", "disk_missing", "failure", "host", "error"},
	{"Device: {dev}, open() failed: {reason}", "disk_missing", "failure", "host", "error"},
	{"Device: {dev}, removed {x} device: {reason}", "disk_missing", "failure", "host", "error"},
	{"Device: {dev}, failed to read {reason}", "disk_failing", "failure", "host", "error"},
	{"Device: {dev}, Read {reason} Failed", "disk_failing", "failure", "host", "error"},
	{"Device: {dev}, number of Error Log entries increased from {x} to {n}", "disk_failing", "failure", "host", "error"},
	{"Device: {dev}, new Self-Test Log error {reason}", "disk_failing", "failure", "host", "error"},
	{"Device: {dev}, previous self-test completed with error ({reason})", "disk_failing", "failure", "host", "error"},
	{"Device: {dev}, {reason}", "disk_note", "", "host", "info"},
}

var mdadmShapes = [...]hostShape{
	{"Fail event detected on md device {dev}", "raid_disk_failed", "failure", "host", "error"},
	{"FailSpare event detected on md device {dev}", "raid_disk_failed", "failure", "host", "error"},
	{"DegradedArray event detected on md device {dev}", "raid_degraded", "failure", "host", "error"},
	{"DeviceDisappeared event detected on md device {dev}", "raid_missing", "failure", "host", "error"},
	{"SparesMissing event detected on md device {dev}", "raid_spares_missing", "failure", "host", "error"},
	{"RebuildFinished event detected on md device {dev}", "raid_rebuilt", "success", "host", "change"},
	{"{reason} event detected on md device {dev}", "raid_note", "", "host", "info"},
}

var clockShapes = [...]hostShape{
	{"System clock wrong by {n} seconds", "clock_drift", "failure", "host", "error"},
	{"time correction of {n} seconds exceeds sanity limit", "clock_drift", "failure", "host", "error"},
	{"System clock was stepped by {n} seconds", "clock_stepped", "", "host", "change"},
	{"step time server {x} offset {n} sec", "clock_stepped", "", "host", "change"},
	{"time reset {n} s", "clock_stepped", "", "host", "change"},
	{"Forward time jump detected", "clock_stepped", "", "host", "change"},
	{"Backward time jump detected", "clock_stepped", "", "host", "change"},
	{"Can't synchronise: {reason}", "clock_unsynchronised", "failure", "host", "error"},
	{"ntpd exiting on signal {reason}", "clock_stopped", "", "host", "info"},
	{"{x}chronyd exiting", "clock_stopped", "", "host", "info"},
	{"no servers reachable", "clock_unsynchronised", "failure", "host", "error"},
	{"kernel reports TIME_ERROR: {reason}", "clock_unsynchronised", "failure", "host", "error"},
	{"Contacted time server {x}", "clock_synchronised", "success", "host", "info"},
	{"Initial clock synchronization to {x}", "clock_synchronised", "success", "host", "info"},
	{"Initial synchronization to time server {x}", "clock_synchronised", "success", "host", "info"},
	{"Timed out waiting for reply from {x}", "clock_source_lost", "failure", "host", "info"},
	{"Selected source {x}", "clock_synchronised", "success", "host", "info"},
	{"Synchronized to time server {x}", "clock_synchronised", "success", "host", "info"},
	{"synchronized to {x}", "clock_synchronised", "success", "host", "info"},
}

var upsShapes = [...]hostShape{
	{"UPS {dev} on battery", "ups_on_battery", "failure", "host", "change"},
	{"UPS {dev} on line power", "ups_on_line", "success", "host", "change"},
	{"UPS {dev} battery is low", "ups_battery_low", "failure", "host", "error"},
	{"UPS {dev} battery needs to be replaced", "ups_battery_bad", "failure", "host", "error"},
	{"Communications with UPS {dev} lost", "ups_lost", "failure", "host", "error"},
	{"Communications with UPS {dev} established", "ups_found", "success", "host", "info"},
	{"Communications with UPS lost", "ups_lost", "failure", "host", "error"},
	{"Data for UPS [{dev}] is stale", "ups_lost", "failure", "host", "error"},
	{"UPS {dev} is unavailable", "ups_lost", "failure", "host", "error"},
	{"Auto logout and shutdown proceeding", "ups_shutdown", "failure", "host", "end"},
	{"Power failure.", "ups_on_battery", "failure", "host", "change"},
	{"Running on UPS batteries.", "ups_on_battery", "failure", "host", "change"},
	{"Power is back. UPS running on mains.", "ups_on_line", "success", "host", "change"},
	{"Mains returned. No longer on UPS batteries.", "ups_on_line", "success", "host", "change"},
	{"Battery power exhausted.", "ups_battery_low", "failure", "host", "error"},
	{"UPS battery must be replaced.", "ups_battery_bad", "failure", "host", "error"},
	{"Battery failure.", "ups_battery_bad", "failure", "host", "error"},
	{"Initiating system shutdown!", "ups_shutdown", "failure", "host", "end"},
}

var clamShapes = [...]hostShape{
	{"instream({client}): {rule} FOUND", "malware_found", "success", "malware", "info"},
	{"{path}: {rule}({x}:{x}) FOUND", "malware_found", "success", "malware", "info"},
	{"{path}: {rule} FOUND", "malware_found", "success", "malware", "info"},
	{"WARNING: Your ClamAV installation is OUTDATED!", "signatures_outdated", "failure", "configuration", "error"},
}

var linkShapes = [...]hostShape{
	{"{dev}: Lost carrier", "link_down", "", "network", "change"},
	{"{dev}: Gained carrier", "link_up", "", "network", "change"},
	{"{dev}: Link DOWN", "link_down", "", "network", "change"},
	{"{dev}: Link UP", "link_up", "", "network", "change"},
	{"{iface}: DHCPv4 address {ip}/{x} acquired from {server}", "link_configured", "success", "network", "change"},
	{"{iface}: DHCPv4 address {ip}/{x}", "link_configured", "success", "network", "change"},
	{"{iface}: DHCPv6 address {ip}/{x}", "link_configured", "success", "network", "change"},
	{"{iface}: DHCP lease lost", "link_configured", "failure", "network", "change"},
	{"{dev}: Configured", "link_configured", "success", "network", "change"},
	{"{dev}: Failed", "link_configured", "failure", "network", "error"},
}

var oomdShapes = [...]hostShape{
	{"Killed {unit} due to {reason}", "oom_kill", "", "process", "end"},
	{"Considered {x} cgroups for killing{reason}", "oom_note", "", "process", "info"},
	{"Memory pressure for {unit} is {reason}", "oom_note", "", "process", "info"},
}

var loggingShapes = [...]hostShape{
	{"{x}exiting on signal {reason}", "logging_stopped", "", "configuration", "end"},
	{"imuxsock begins to drop messages from pid {n} due to {reason}", "logs_lost", "failure", "host", "error"},
	{"imuxsock lost {n} messages from {x}", "logs_lost", "failure", "host", "error"},
	{"imuxsock[{x}]: {y} lost due to rate-limiting", "logs_lost", "failure", "host", "error"},
	{"Suppressed {n} messages from {unit}", "logs_lost", "failure", "host", "error"},
	{"Forwarding to syslog missed {n} messages", "logs_lost", "failure", "host", "error"},
	{"/dev/kmsg buffer overrun, some messages lost", "logs_lost", "failure", "host", "error"},
	{"File {path} corrupted or uncleanly shut down, renaming and replacing", "logs_lost", "failure", "host", "error"},
	{"{x}file system on which {y} is full", "disk_full", "failure", "host", "error"},
	{"Journal started", "logging_started", "", "configuration", "start"},
	{"[origin software={x}] start", "logging_started", "", "configuration", "start"},
	{"syslog-ng starting up;{x}", "logging_started", "", "configuration", "start"},
	{"action '{x}' suspended{reason}", "log_target_lost", "failure", "host", "error"},
	{"cannot connect to {x}: {reason}", "log_target_lost", "failure", "host", "error"},
	{"Syslog connection failed; fd='{x}', server='{x}', error='{reason}'", "log_target_lost", "failure", "host", "error"},
	{"Journal stopped", "logging_stopped", "", "configuration", "end"},
}

var auditdShapes = [...]hostShape{
	{"The audit daemon is exiting.", "shutdown-audit", "success", "configuration", "end"},
	{"Audit daemon is suspending logging{x}", "suspended-audit", "failure", "configuration", "end"},
	{"Audit daemon has no space left on logging partition", "suspended-audit", "failure", "configuration", "end"},
	{"Audit daemon is low on disk space for logging", "audit-low-space", "failure", "configuration", "error"},
	{"Audit daemon rotating log files", "rotated-audit", "", "configuration", "change"},
}

// hostPrograms lists the parsers of programs that keep a host running.
func hostPrograms(name []byte) program {
	switch string(name) {
	case "kernel", "ulogd":
		return kernel
	case "CRON", "cron", "crond", "CROND", "anacron", "crontab", "fcron", "cronie", "dcron":
		return cron
	case "run-parts":
		return runParts
	case "systemd", "systemd-shutdown":
		return systemd
	case "smartd", "mdadm", "zed":
		return storage
	case "chronyd", "ntpd", "ntpdate", "systemd-timesyncd", "sntp":
		return timekeeper
	case "upsmon", "upsd", "apcupsd", "usbhid-ups", "snmp-ups":
		return ups
	case "clamd", "clamscan", "clamonacc", "freshclam":
		return clam
	case "systemd-networkd":
		return networkd
	case "systemd-oomd":
		return oomd
	case "rsyslogd", "rsyslogd-2177", "syslog-ng", "systemd-journald":
		return logger
	case "auditd":
		return auditDaemon
	case "falco":
		return falcoText
	case "restic", "borg", "borgmatic", "bacula", "bacula-dir", "bareos-dir", "veeam", "Veeam_MP", "vzdump", "proxmox-backup",
		"proxmox-backup-client", "proxmox-backup-proxy", "pvescheduler", "acronis", "acronis_mms", "duplicity", "duplicati", "rsnapshot", "backup", "kopia", "urbackup", "backupninja", "Hyper_Backup", "HyperBackup":
		return backup
	}
	return nil
}

func cron(b *event.Batch, _ *header, m []byte) bool {
	return hostLine(b, "system.cron", cronShapes[:], m) || hostLine(b, "system.cron", anacronShapes[:], m)
}

func runParts(b *event.Batch, _ *header, m []byte) bool {
	return hostLine(b, "system.cron", anacronShapes[:], m)
}

func systemd(b *event.Batch, _ *header, m []byte) bool {
	if hostLine(b, "system.service", systemdShapes[:], m) {
		return true
	}
	unit, says, ok := cut(m, ": ")
	if !ok || !isUnit(unit) {
		return false
	}
	(&class{"system.service", "system", "service_note", "", "process", [3]string{"info"}}).set(b)
	b.Set(event.ServiceName, unit)
	b.Set(event.EventReason, says)
	return true
}

// isUnit says whether s is the name of a unit of systemd.
func isUnit(s []byte) bool {
	_, kind, ok := cutLast(s, ".")
	if !ok || len(s) > 256 || index(s, " ") >= 0 {
		return false
	}
	switch string(kind) {
	case "service", "socket", "mount", "automount", "device", "scope", "slice", "swap", "target", "timer", "path":
		return true
	}
	return false
}

func storage(b *event.Batch, h *header, m []byte) bool {
	switch string(programName(h.app)) {
	case "smartd":
		return hostLine(b, "system.storage", smartdShapes[:], m)
	case "mdadm":
		return hostLine(b, "system.storage", mdadmShapes[:], m)
	}
	return zed(b, m)
}

// zed reads an event of ZFS, pairs of names and values: eid=57 class=statechange pool='tank' vdev=sdb1 vdev_state=FAULTED. Before 2.0 the pool was
// its number and the disk vdev_path.
func zed(b *event.Batch, m []byte) bool {
	var kind, pool, disk, state []byte
	for r := (pairs{s: m, single: true}); ; {
		key, v, ok := r.next()
		if !ok {
			break
		}
		switch string(key) {
		case "class":
			kind = v
		case "pool":
			pool = v
		case "pool_guid":
			if pool == nil {
				pool = v
			}
		case "vdev", "vdev_path":
			disk = v
		case "vdev_state", "state":
			state = v
		}
	}
	if kind == nil {
		return false
	}
	c := class{"system.storage", "system", "raid_note", "", "host", [3]string{"info"}}
	switch string(kind) {
	case "statechange":
		c.action, c.outcome, c.types[0] = "raid_degraded", failure, "error"
		if string(state) == "ONLINE" {
			c.action, c.outcome, c.types[0] = "raid_rebuilt", success, "change"
		}
	case "resilver_finish":
		c.action, c.outcome, c.types[0] = "raid_rebuilt", success, "change"
	case "io", "io_failure", "checksum", "data", "deadman", "probe_failure", "authentication":
		c.action, c.outcome, c.types[0] = "disk_error", failure, "error"
	default:
		if hasPrefix(kind, "vdev.") || hasSuffix(kind, "removed") || string(kind) == "vdev_remove" { // vdev.open_failed
			c.action, c.outcome, c.types[0] = "raid_degraded", failure, "error"
		}
	}
	c.set(b)
	b.Label([]byte("device"), pool)
	b.Label([]byte("zfs.vdev"), disk)
	b.Set(event.EventReason, kind)
	return true
}

func timekeeper(b *event.Batch, _ *header, m []byte) bool {
	return hostLine(b, "system.time", clockShapes[:], m)
}

func ups(b *event.Batch, _ *header, m []byte) bool {
	return hostLine(b, "system.power", upsShapes[:], m)
}

func clam(b *event.Batch, _ *header, m []byte) bool {
	return hostLine(b, "clamav.log", clamShapes[:], m)
}

func networkd(b *event.Batch, _ *header, m []byte) bool {
	return hostLine(b, "system.network", linkShapes[:], m)
}

func oomd(b *event.Batch, _ *header, m []byte) bool {
	return hostLine(b, "system.service", oomdShapes[:], m)
}

func logger(b *event.Batch, _ *header, m []byte) bool {
	return hostLine(b, "system.logging", loggingShapes[:], m)
}

func auditDaemon(b *event.Batch, _ *header, m []byte) bool {
	return hostLine(b, "auditd.log", auditdShapes[:], m)
}

// hostLine sets what the first pattern that fits says.
func hostLine(b *event.Batch, dataset string, shapes []hostShape, m []byte) bool {
	var found captures
	for i := range shapes {
		s := &shapes[i]
		found.n = 0
		if !found.match(s.pattern, m) {
			continue
		}
		(&class{dataset, "system", s.action, s.outcome, s.category, [3]string{s.typ}}).set(b)
		for i := range found.n {
			setHostValue(b, found.name[i], found.val[i])
		}
		return true
	}
	return false
}

func setHostValue(b *event.Batch, name string, v []byte) {
	switch name {
	case "unit":
		b.Set(event.ServiceName, v)
	case "user":
		if len(v) > 0 && v[0] != '*' { // cron's *system* is none
			b.Set(event.UserName, v)
		}
	case "target":
		b.Set(event.UserTargetName, v)
	case "exe":
		b.Set(event.ProcessExecutable, v)
	case "pid":
		setNum(b, event.ProcessPID, trimBlanks(v))
	case "cmd":
		if n := len(v); n > 0 && v[n-1] == ')' {
			v = v[:n-1]
		}
		b.Set(event.ProcessCommandLine, v)
	case "path":
		b.Set(event.FilePath, v)
	case "reason":
		b.Set(event.EventReason, v)
	case "rule":
		b.Set(event.RuleName, v)
	case "dev":
		for len(v) > 0 && (v[len(v)-1] == ',' || v[len(v)-1] == '.') {
			v = v[:len(v)-1]
		}
		if dev, _, ok := cut(v, ", "); ok {
			v = dev
		}
		b.Label([]byte("device"), v)
	case "n":
		b.Label([]byte("value"), v)
	case "job":
		b.Label([]byte("cron.job"), v)
	case "iface":
		b.Set(event.ObserverIngressInterfaceName, v)
	case "ip":
		b.Add(event.HostIP, v)
	case "client": // 192.0.2.7@51234
		addr, port, _ := cut(v, "@")
		if isIP(addr) {
			setAddr(b, &src, addr)
			setPort(b, event.SourcePort, port)
		}
	case "server": // of DHCP
		setAddr(b, &dst, v)
	}
}
