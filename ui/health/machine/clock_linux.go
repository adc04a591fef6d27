package machine

import "syscall"

// staUnsync is STA_UNSYNC of adjtimex(2): nothing keeps the clock in step.
const staUnsync = 0x0040

// ClockSynced reads the kernel's view of its clock. known is false where it
// can't be read.
func ClockSynced() (synced, known bool) {
	var tx syscall.Timex
	state, err := syscall.Adjtimex(&tx)
	const timeError = 5
	return err == nil && state != timeError && tx.Status&staUnsync == 0, err == nil
}
