package acceptance_test

import (
	"os/exec"
	"syscall"
)

// endWithUs makes a process end with the test, even if the test is killed and cannot clean up.
func endWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
