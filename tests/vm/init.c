// SPDX-License-Identifier: MIT
/*
 * init: the first process of the test guest.
 *
 * Loads the module, runs one command, unloads the module, looks for leaks and
 * reboots, which ends the virtual machine. What it was given lies in /guest:
 * command (argv, each ended by a NUL), or for a shell terminal (its rows, columns and
 * name); module.ko and params (absent for no module), and links to two serial ports: report
 * carries this program's report, one line for each thing that went right, "success" last;
 * output carries the command's output and nothing else. A third port is the kernel's
 * console.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define MODULE_FILE "/guest/module.ko"
#define REPORT "/guest/report"
#define OUTPUT "/guest/output"
#define KMEMLEAK "/sys/kernel/debug/kmemleak"
#define MAX_ARGS 255

static int kernel_log = -1;
static int report = -1;

static void say(int fd, const char *format, va_list args)
{
	char line[512];
	int length = vsnprintf(line, sizeof(line) - 1, format, args);

	if (length < 0)
		return;
	if (length > (int)sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	/* One write: the kernel makes one message of it. */
	if (write(fd, line, (size_t)length) != length)
		return;
}

/* A line of the report. */
static void report_line(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(report, format, args);
	va_end(args);
	tcdrain(report);
}

/* Ends the guest without "success" in its report, so that the host sees a failure. */
static void give_up(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	say(report, format, args);
	va_end(args);
	report_line("failed: %s", strerror(error));
	reboot(RB_AUTOBOOT);
	_exit(1);
}

/* Whether it took the text; errno says why not. */
static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return 0;
	if (write(fd, text, strlen(text)) < 0) {
		error = errno;
		report_line("note: cannot write %s: %s", path, strerror(error));
	}
	close(fd);
	errno = error;
	return !error;
}

static char *read_file(const char *path, size_t *length)
{
	static const size_t most = 65536;
	char *text = calloc(1, most + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = 0;

	*length = 0;
	if (fd < 0 || !text) {
		free(text);
		return NULL;
	}
	while (*length < most && (got = read(fd, text + *length, most - *length)) > 0)
		*length += (size_t)got;
	close(fd);
	if (got < 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- setting up ---------------------------------------------------------- */

static void mount_all(void)
{
	static const struct {
		const char *type, *where, *options;
	} mounts[] = {
		{ "devtmpfs", "/dev", "mode=0755" },
		{ "proc", "/proc", NULL },
		{ "sysfs", "/sys", NULL },
		{ "debugfs", "/sys/kernel/debug", NULL },
		{ "tracefs", "/sys/kernel/tracing", NULL },
		{ "cgroup2", "/sys/fs/cgroup", NULL },
		{ "tmpfs", "/dev/shm", "mode=1777" },
		{ "tmpfs", "/tmp", "mode=1777" },
		{ "tmpfs", "/run", "mode=0755" },
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		/* Where sysfs does not show a place, the kernel has no such thing. */
		mkdir(mounts[i].where, 0755);
		mount(mounts[i].type, mounts[i].where, mounts[i].type, MS_NOSUID,
		      mounts[i].options);
	}
}

/* Each of busybox's commands gets its name; the host may not be able to ask for them. */
static void install_commands(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		execl("/bin/busybox", "busybox", "--install", "-s", "/bin", NULL);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		give_up("cannot install busybox");
}

/* No echo, and no newline becomes something else on its way. */
static int open_raw(const char *path)
{
	struct termios mode;
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 || tcgetattr(fd, &mode) < 0)
		return -1;
	cfmakeraw(&mode);
	tcsetattr(fd, TCSANOW, &mode);
	return fd;
}

static void load_module(void)
{
	size_t length;
	char *params = read_file("/guest/params", &length);
	int fd = open(MODULE_FILE, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return;
	if (fd < 0 || syscall(SYS_finit_module, fd, params ? params : "", 0) < 0)
		give_up("cannot load the module");
	close(fd);
	free(params);
	report_line("loaded");
}

/* ---- the command --------------------------------------------------------- */

static void child_stdio(int is_shell)
{
	int out = open(OUTPUT, O_RDWR | O_NOCTTY);
	int in = is_shell ? out : open("/dev/null", O_RDONLY);

	setsid();
	if (is_shell)
		ioctl(out, TIOCSCTTY, 1);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	if (out > STDERR_FILENO)
		close(out);
	if (in > STDERR_FILENO && in != out)
		close(in);
}

/* The shell's terminal is a serial line, which does not know the size of the user's. */
static void terminal_set(void)
{
	struct winsize size = { 0 };
	size_t length;
	char *text = read_file("/guest/terminal", &length), name[64];

	if (text && sscanf(text, "%hu %hu %63s", &size.ws_row, &size.ws_col, name) == 3) {
		ioctl(STDIN_FILENO, TIOCSWINSZ, &size);
		setenv("TERM", name, 1);
	}
	free(text);
}

static void run_child(char *command, size_t length)
{
	static char *shell[] = { "/bin/sh", "-l", NULL };
	char *args[MAX_ARGS + 1];
	int count = 0;

	child_stdio(!command);
	setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 1);
	setenv("HOME", "/tmp", 1);
	setenv("TERM", "linux", 1);
	setenv("GUARDSLOT_GUEST", "1", 1);
	if (!command)
		terminal_set();
	if (command) {
		for (char *at = command; at < command + length && count < MAX_ARGS;
		     at += strlen(at) + 1)
			args[count++] = at;
		args[count] = NULL;
	}
	execvp(command ? args[0] : shell[0], command ? args : shell);
	dprintf(STDERR_FILENO, "init: cannot run %s: %s\n", command ? args[0] : shell[0],
		strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* The exit code as a shell has it. */
static int run_command(void)
{
	size_t length;
	char *command = read_file("/guest/command", &length);
	int status, out;
	pid_t child, pid;

	/* Held open until the end: the last close would drop output that is not yet sent. */
	out = command ? open_raw(OUTPUT) : open(OUTPUT, O_RDWR | O_NOCTTY);
	if (out < 0)
		give_up("cannot open " OUTPUT);
	report_line("start");
	child = fork();
	if (child < 0)
		give_up("cannot fork");
	if (child == 0)
		run_child(command, length);
	while ((pid = waitpid(-1, &status, 0)) != child)
		if (pid < 0 && errno != EINTR)
			give_up("cannot wait");
	tcdrain(out);
	free(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- afterwards ---------------------------------------------------------- */

static void kill_all(void)
{
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

/*
 * No process is left that could hold the module. The kernel may have deferred work
 * that does, so the module has a minute, and more than it needs.
 */
static void unload_module(const char *name)
{
	if (access(MODULE_FILE, F_OK) != 0)
		return;
	for (int tries = 0; syscall(SYS_delete_module, name, O_NONBLOCK) < 0; tries++) {
		if ((errno != EWOULDBLOCK && errno != EBUSY) || tries == 1200)
			give_up("cannot unload the module");
		usleep(50000);
	}
	report_line("unloaded");
}

/*
 * A leak is what two scans find no pointer to, and only of objects that are
 * older than 5 seconds. The reports also go to the kernel log. A kmemleak that had no memory
 * for itself has given up, scans no more, and reports nothing.
 */
static void find_leaks(void)
{
	size_t length;
	char *found;

	if (access(KMEMLEAK, F_OK) != 0)
		return;
	sleep(6);
	for (int scans = 0; scans < 2; scans++)
		if (!write_file(KMEMLEAK, "scan"))
			give_up("kmemleak does not scan");
	found = read_file(KMEMLEAK, &length);
	if (!found)
		give_up("cannot read kmemleak");
	if (length > 0) {
		for (char *line = strtok(found, "\n"); line; line = strtok(NULL, "\n"))
			dprintf(kernel_log, "<3>kmemleak: %s\n", line);
		give_up("kmemleak found leaks");
	}
	free(found);
	report_line("no leaks");
}

int main(void)
{
	int code;

	mount_all();
	kernel_log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	report = open_raw(REPORT);
	if (report < 0)
		return 1; /* the kernel panics, which is what the host will see */
	write_file("/proc/sys/kernel/panic_on_rcu_stall", "1");
	write_file("/proc/sys/kernel/printk_ratelimit", "0");
	write_file(KMEMLEAK, "clear");
	install_commands();
	load_module();
	code = run_command();
	report_line("exit %d", code);
	kill_all();
	unload_module("guardslot");
	find_leaks();
	report_line("success");
	reboot(RB_AUTOBOOT);
	return 1;
}
