package update

import (
	"os/exec"
	"syscall"
)

// bind has the kernel kill the child with this process (PR_SET_PDEATHSIG).
func bind(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
