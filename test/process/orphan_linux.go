package process

import (
	"os/exec"
	"syscall"
)

// EndWithUs makes a process end with the test, even if the test is killed and cannot clean up.
func EndWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
