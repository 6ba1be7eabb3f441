package parse

import "watchpost/internal/event"

// uptime takes "[16571.459614] ", the seconds since boot, off a line of the kernel.
func uptime(m []byte) []byte {
	m = skipBlanks(m)
	if len(m) > 1 && m[0] == '[' {
		if stamp, rest, ok := cut(m[1:], "]"); ok && isUptime(stamp) {
			return skipBlanks(rest)
		}
	}
	return m
}

// kernelWords are what the kernel's drivers say when something is wrong; the first that fits counts. Words beyond the
// second must stand behind the first.
var kernelWords = [...]struct {
	first, second            string
	action, outcome, typ, is string // is is the category
}{
	{"Out of memory: ", "", "oom_kill", "failure", "end", "process"},
	{"Memory cgroup out of memory: ", "", "oom_kill", "failure", "end", "process"},
	{"oom-kill:", "", "oom_kill", "failure", "end", "process"},
	{"Kernel panic - not syncing", "", "kernel_panic", "failure", "error", "host"},
	{"Oops: ", "", "kernel_oops", "failure", "error", "host"},
	{"BUG: soft lockup", "", "kernel_lockup", "failure", "error", "host"},
	{"BUG: ", "", "kernel_bug", "failure", "error", "host"},
	{"blocked for more than ", " seconds", "task_hung", "failure", "error", "process"},
	{"Machine Check", "", "hardware_error", "failure", "error", "host"},
	{"Hardware Error", "", "hardware_error", "failure", "error", "host"},
	{"EDAC ", " UE ", "memory_error", "failure", "error", "host"},
	{"EDAC ", " CE ", "memory_error", "", "error", "host"}, // it was corrected
	{"temperature above threshold", "", "temperature_high", "failure", "error", "host"},
	{"critical temperature reached", "", "temperature_high", "failure", "error", "host"},
	{"Disk failure on ", "", "raid_disk_failed", "failure", "error", "host"},
	{"Operation continuing on ", " devices", "raid_degraded", "failure", "error", "host"},
	{"I/O error, dev ", "", "disk_error", "failure", "error", "host"},
	{"critical medium error, dev ", "", "disk_error", "failure", "error", "host"},
	{"critical target error, dev ", "", "disk_error", "failure", "error", "host"},
	{"Sense Key : Medium Error", "", "disk_error", "failure", "error", "host"},
	{"nvme ", " timeout, ", "disk_error", "failure", "error", "host"},
	{"nvme ", " controller is down", "disk_error", "failure", "error", "host"},
	{"megaraid_sas ", " is now DEGRADED", "raid_degraded", "failure", "error", "host"},
	{"megaraid_sas ", " is now OFFLINE", "raid_degraded", "failure", "error", "host"},
	{"multipath: Failing path", "", "path_lost", "failure", "error", "host"},
	{"backlog limit exceeded", "", "logs_lost", "failure", "error", "host"},
	{"audit_lost=", "", "logs_lost", "failure", "error", "host"},
	{"Lockdown: ", " is restricted", "access_denied", "failure", "denied", "process"},
	{"reboot: ", "", "shutdown", "", "end", "host"},
	{"Linux version ", "", "startup", "", "start", "host"},
	{"EXT4-fs error", "", "filesystem_error", "failure", "error", "host"},
	{"XFS (", "orruption", "filesystem_error", "failure", "error", "host"},
	{"XFS (", "I/O error", "filesystem_error", "failure", "error", "host"},
	{"BTRFS ", " failed on ", "filesystem_error", "failure", "error", "host"},
	{"BTRFS error", "", "filesystem_error", "failure", "error", "host"},
	{"Remounting filesystem read-only", "", "filesystem_readonly", "failure", "change", "host"},
	{"segfault at ", "", "program_crashed", "failure", "end", "process"},
	{"traps: ", " general protection", "program_crashed", "failure", "end", "process"},
	{"traps: ", " trap ", "program_crashed", "failure", "end", "process"},
	{"entered promiscuous mode", "", "promiscuous_on", "", "change", "network"},
	{"left promiscuous mode", "", "promiscuous_off", "", "change", "network"},
	{"Link is Down", "", "link_down", "", "change", "network"},
	{"link is down", "", "link_down", "", "change", "network"},
	{"link status definitely down", "", "link_down", "", "change", "network"},
	{"link status definitely up", "", "link_up", "", "change", "network"},
	{"link becomes ready", "", "link_up", "", "change", "network"},
	{"Link is Up", "", "link_up", "", "change", "network"},
	{"loading out-of-tree module taints kernel", "", "module_unsigned", "", "change", "driver"},
	{"module verification failed", "", "module_unsigned", "", "change", "driver"},
	{"module license ", " taints kernel", "module_unsigned", "", "change", "driver"},
	{"table full, dropping packet", "", "conntrack_full", "failure", "error", "network"},
	{"ossible SYN flooding on port ", "", "syn_flood", "", "info", "network"},
	{"nfs: server ", " not responding", "nfs_lost", "failure", "error", "host"},
	{"nfs: server ", " OK", "nfs_found", "success", "info", "host"},
	{"Buffer I/O error on dev ", "", "disk_error", "failure", "error", "host"},
	{"failed command: ", "", "disk_error", "failure", "error", "host"},
	{"rejecting I/O to offline device", "", "disk_error", "failure", "error", "host"},
	{"rejecting I/O to dead device", "", "disk_error", "failure", "error", "host"},
	{"general protection fault", "", "kernel_oops", "failure", "error", "host"},
	{"rcu_sched self-detected stall", "", "kernel_lockup", "failure", "error", "host"},
	{"self-detected stall on CPU", "", "kernel_lockup", "failure", "error", "host"},
	{"NETDEV WATCHDOG: ", " timed out", "link_down", "failure", "error", "network"},
	{"martian source ", "", "martian_source", "", "info", "network"},
	{"New USB device found", "", "usb_connected", "", "start", "host"},
	{"USB disconnect", "", "usb_disconnected", "", "end", "host"},
	{"USB Mass Storage device detected", "", "usb_storage_connected", "", "start", "host"},
}

// kernel reads netfilter's lines and the kernel's own.
func kernel(b *event.Batch, h *header, m []byte) bool {
	return iptables(b, h, m) || kernelMessage(b, uptime(m))
}

// kernelMessage reads what the kernel itself says.
func kernelMessage(b *event.Batch, m []byte) bool {
	for i := range kernelWords {
		k := &kernelWords[i]
		_, rest, ok := cut(m, k.first)
		if !ok || k.second != "" && index(rest, k.second) < 0 {
			continue
		}
		(&class{"system.kernel", "system", k.action, k.outcome, k.is, [3]string{k.typ}}).set(b)
		b.SetString(event.HostOSType, "linux")
		switch k.action {
		case "oom_kill":
			killed(b, m)
		case "program_crashed": // name[pid]: segfault at …
			name, pid, _ := cut(m, "[")
			name, _ = after(name, "traps: ")
			b.Set(event.ProcessName, name)
			pid, _, _ = cut(pid, "]")
			setNum(b, event.ProcessPID, pid)
		case "task_hung": // INFO: task name:pid blocked …
			_, task, _ := cut(m, "task ")
			name, _, _ := cut(task, ":")
			b.Set(event.ProcessName, name)
		case "disk_error":
			dev, _, _ := cut(rest, ",")
			b.Label([]byte("device"), dev)
		case "raid_disk_failed": // md/raid1:md0: Disk failure on sdb1, disabling device.
			dev, _, _ := cut(rest, ",")
			b.Label([]byte("device"), dev)
			raidArray(b, m)
		case "raid_degraded":
			raidArray(b, m)
		case "martian_source": // martian source 198.51.100.1 from 192.0.2.7, on dev eth0
			to, from, _ := cut(rest, " from ")
			from, dev, _ := cut(from, ", on dev ")
			setAddr(b, &dst, to)
			setAddr(b, &src, from)
			b.Set(event.ObserverIngressInterfaceName, dev)
		case "syn_flood":
			port, _, _ := cut(rest, ".")
			setPort(b, event.DestinationPort, lastPart(port))
		case "link_down", "link_up": // e1000e 0000:00:19.0 eth0: NIC Link is Down; IPv6: …: eth0: link becomes ready
			head := m[:len(m)-len(rest)-len(k.first)]
			if name, _, ok := cutLast(head, "NIC "); ok { // e1000e: eth0 NIC Link is Down
				head = name
			}
			head = trimBlanks(head)
			for n := len(head); n > 0 && (head[n-1] == ':' || head[n-1] == ')'); n-- { // bond0: (slave eth0): link status …
				head = head[:n-1]
			}
			if name := lastWord(head); len(name) < 32 && index(name, ":") < 0 {
				b.Set(event.ObserverIngressInterfaceName, name)
			}
		case "usb_connected", "usb_storage_connected", "usb_disconnected":
			port, _, _ := cut(m, ":")
			b.Label([]byte("usb.port"), port)
			if _, v, ok := cut(rest, "idVendor="); ok {
				v, _, _ = cut(v, ",")
				b.Label([]byte("usb.vendor"), v)
			}
			if _, v, ok := cut(rest, "idProduct="); ok {
				v, _, _ = cut(v, ",")
				b.Label([]byte("usb.product"), v)
			}
		}
		return true
	}
	return false
}

// killed reads "Killed process 4711 (java) total-vm:…" and "oom-kill:…,task=java,pid=4711,uid=0".
func killed(b *event.Batch, m []byte) {
	if _, rest, ok := cut(m, "illed process "); ok {
		pid, rest := word(rest)
		setNum(b, event.ProcessPID, pid)
		if _, name, ok := cut(rest, "("); ok {
			name, rest, _ := cut(name, ")")
			b.Set(event.ProcessName, name)
			if _, uid, ok := cut(rest, ", UID:"); ok {
				uid, _ = word(uid)
				b.Set(event.UserID, uid)
			}
		}
	} else if _, rest, ok := cut(m, ",task="); ok {
		name, rest, _ := cut(rest, ",pid=")
		pid, _, _ := cut(rest, ",")
		b.Set(event.ProcessName, name)
		setNum(b, event.ProcessPID, pid)
	}
}

// lastPart gives what stands behind the last colon: the kernel writes "443" and, since 6.2, "0.0.0.0:443".
func lastPart(s []byte) []byte {
	if _, port, ok := cutLast(s, ":"); ok {
		return port
	}
	return s
}

func raidArray(b *event.Batch, m []byte) {
	if _, rest, ok := cut(m, "md/raid"); ok {
		_, rest, _ = cut(rest, ":")
		array, _, _ := cut(rest, ":")
		b.Label([]byte("raid.array"), array)
	}
}
