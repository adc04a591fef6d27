package machine

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Listening are the TCP addresses on which this process listens, as the kernel
// tells them. Its sockets are found by their inodes.
func Listening() ([]netip.AddrPort, error) {
	own := map[string]bool{}
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(links) == 0 {
		return nil, fmt.Errorf("list own files: %w", os.ErrNotExist)
	}
	for _, l := range links {
		to, err := os.Readlink(l)
		if inode, ok := strings.CutPrefix(to, "socket:["); err == nil && ok {
			own[strings.TrimSuffix(inode, "]")] = true
		}
	}
	var out []netip.AddrPort
	for _, name := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile("/proc/self/net/" + name)
		if os.IsNotExist(err) && name == "tcp6" {
			continue // a kernel without IPv6
		}
		if err != nil {
			return nil, fmt.Errorf("read sockets: %w", err)
		}
		for _, s := range parseSockets(string(text)) {
			if own[s.inode] {
				out = append(out, s.at)
			}
		}
	}
	slices.SortFunc(out, netip.AddrPort.Compare)
	return out, nil
}

type socket struct {
	at    netip.AddrPort
	inode string
}

const (
	stateListen = "0A"
	inodeField  = 9
)

// parseSockets reads the listening sockets of /proc/net/tcp or tcp6 (proc(5)):
// addresses are words of 32 bits in the machine's order, ports in network order.
func parseSockets(text string) (out []socket) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) <= inodeField || f[3] != stateListen {
			continue
		}
		host, port, ok := strings.Cut(f[1], ":")
		raw, err := hex.DecodeString(host)
		n, perr := strconv.ParseUint(port, 16, 16)
		if !ok || err != nil || perr != nil || len(raw) != 4 && len(raw) != 16 {
			continue
		}
		for i := 0; i < len(raw); i += 4 { // every machine that coffre is built for is little-endian
			raw[i], raw[i+1], raw[i+2], raw[i+3] = raw[i+3], raw[i+2], raw[i+1], raw[i]
		}
		a, _ := netip.AddrFromSlice(raw)
		out = append(out, socket{netip.AddrPortFrom(a.Unmap(), uint16(n)), f[inodeField]})
	}
	return out
}
