// SPDX-License-Identifier: MIT
/* Runs guardslotctl by a shell and reads both of its outputs. */
#include "ctl.h"

#include <sys/wait.h>

#include "text.h"

void ctl_as(struct output *output, unsigned int uid, const char *words)
{
	char command[512], out[32] = "/tmp/ctl-out-XXXXXX", err[32] = "/tmp/ctl-err-XXXXXX";
	int fds[2] = { mkstemp(out), mkstemp(err) };
	int status;
	pid_t child;

	test_ok(fds[0] >= 0 && fds[1] >= 0);
	snprintf(command, sizeof(command), "exec guardslotctl %s", words);
	child = fork();
	if (child == 0) {
		dup2(fds[0], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		if (uid && (setgid(uid) || setuid(uid)))
			_exit(126);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	test_sys(waitpid(child, &status, 0));
	output->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	read_text(out, output->out, sizeof(output->out));
	read_text(err, output->err, sizeof(output->err));
	close(fds[0]);
	close(fds[1]);
	unlink(out);
	unlink(err);
}

void ctl(struct output *output, const char *words)
{
	ctl_as(output, 0, words);
}

void ctl_fails_as(unsigned int uid, const char *words, int code, const char *line)
{
	struct output output;
	char expected[512];

	ctl_as(&output, uid, words);
	snprintf(expected, sizeof(expected), "guardslotctl: %s\n", line);
	test_str(output.err, expected);
	test_str(output.out, "");
	test_eq(output.code, code);
}
