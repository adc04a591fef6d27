package unit

import "strings"

// UnitPath is where the unit lies.
const UnitPath = "/etc/systemd/system/coffre.service"

// Unit is the unit file of systemd (systemd.service(5), systemd.exec(5)). What it
// leaves open is what the box needs: netlink for the machine's own addresses,
// prlimit for the child that reads files, and pages that become executable
// (MemoryDenyWriteExecute stays off), since PDFium runs as code that wazero
// compiles.
func (o Options) Unit() string {
	var b strings.Builder
	line := func(all ...string) {
		for _, s := range all {
			b.WriteString(s + "\n")
		}
	}
	line("# Written by “coffre service install”; changes belong in “systemctl edit coffre”.",
		"[Unit]", "Description=coffre", "Wants=network-online.target", "After=network-online.target", "",
		"[Service]", "User="+o.User, "Group="+o.User, "ExecStart="+quoted(o.arguments()),
		"Restart=on-failure", "RestartSec=5", "TimeoutStopSec=60", "UMask=0077", "LimitNOFILE=65536", "LimitCORE=0",
		"CacheDirectory=coffre", "CacheDirectoryMode=0700", "Environment=XDG_CACHE_HOME=/var/cache/coffre")
	write := o.Write
	if o.Data == "/var/lib/coffre" {
		line("StateDirectory=coffre", "StateDirectoryMode=0700")
	} else {
		write = append([]string{o.Data}, write...)
	}
	line("", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome="+o.home(), "PrivateTmp=yes", "PrivateDevices=yes",
		"ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectKernelLogs=yes", "ProtectControlGroups=yes",
		"ProtectClock=yes", "ProtectHostname=yes", "ProtectProc=invisible", "RestrictNamespaces=yes", "RestrictRealtime=yes",
		"RestrictSUIDSGID=yes", "LockPersonality=yes", "RemoveIPC=yes",
		"RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
		"SystemCallArchitectures=native", "SystemCallFilter=@system-service", "SystemCallFilter=~@privileged", "SystemCallErrorNumber=EPERM",
		"# The kernel's keyring may hold the master identity over a restart.", "KeyringMode=shared")
	if len(write) > 0 {
		line("ReadWritePaths=" + quoted(write))
	}
	if o.privileged() {
		line("AmbientCapabilities=CAP_NET_BIND_SERVICE", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE")
	} else {
		line("CapabilityBoundingSet=")
	}
	line("", "[Install]", "WantedBy=multi-user.target")
	return b.String()
}

// home hides people's directories, unless the box's own data lie in one.
func (o Options) home() string {
	for _, path := range append([]string{o.Data, o.Binary}, o.Write...) {
		if strings.HasPrefix(path, "/home/") || strings.HasPrefix(path, "/root/") {
			return "no"
		}
	}
	return "yes"
}

// quoted joins words as systemd.syntax(7) reads them; Complete has refused what
// would need more than quotes.
func quoted(all []string) string {
	out := make([]string, len(all))
	for i, s := range all {
		if out[i] = s; strings.Contains(s, " ") {
			out[i] = `"` + s + `"`
		}
	}
	return strings.Join(out, " ")
}
