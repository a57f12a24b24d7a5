/* SPDX-License-Identifier: MIT */

/*
 * Stacks that are hard to walk.  Allocates on each, and calls stackcheck_here()
 * if stackcheck.so is preloaded, also from a timer's signal at whatever
 * instruction the program is.  Arguments: two plug-ins that differ in the size
 * of their frame only.
 */

#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>

#pragma weak stackcheck_here
void stackcheck_here(void);

#define apart __attribute__((noinline))

static void *volatile kept;

static apart void leaf(void)
{
	kept = malloc(24);
	free(kept);
	if (stackcheck_here)
		stackcheck_here();
	__asm__ volatile("");
}

static apart int recurse(int depth, volatile char *above)
{
	char frame[40];

	frame[0] = above[0];
	if (depth == 0)
		leaf();
	else
		recurse(depth - 1, frame);
	return above[0] + frame[0];
}

static apart void with_alloca(size_t size, int depth)
{
	char *bytes = __builtin_alloca(size);

	memset(bytes, 0, size);
	recurse(depth, bytes);
	__asm__ volatile("" : : "r"(bytes) : "memory");
}

/* gcc keeps the way to the caller in a slot of its own here (ROW_INDIRECT). */
static apart void with_aligned(int depth)
{
	char bytes[128] __attribute__((aligned(128))) = {0};
	char *more = __builtin_alloca((size_t)depth + 1);

	__asm__ volatile("" : : "r"(bytes), "r"(more) : "memory");
	if (depth == 0)
		leaf();
	else
		with_aligned(depth - 1);
	__asm__ volatile("" : : "r"(bytes), "r"(more) : "memory");
}

static apart void tail_3(void)
{
	leaf();
}

static apart void tail_2(int n)
{
	if (n == 0)
		return tail_3();
	return tail_2(n - 1);
}

static jmp_buf back;

static apart void jump(int depth)
{
	char frame[100];

	__asm__ volatile("" : : "r"(frame) : "memory");
	if (depth == 0) {
		leaf();
		longjmp(back, 1);
	}
	if (depth > 0)
		jump(depth - 1);
	__asm__ volatile("" : : "r"(frame) : "memory");
}

static apart void long_jumps(void)
{
	if (setjmp(back) == 0)
		jump(20);
	leaf();
}

static int compare(const void *a, const void *b)
{
	if (*(const int *)a == 500)
		recurse(2, "");
	return *(const int *)a - *(const int *)b;
}

/* Frames of libc between ours. */
static apart void callbacks(void)
{
	int numbers[1000], i;

	for (i = 0; i < 1000; i++)
		numbers[i] = i * 7919 % 1000;
	qsort(numbers, 1000, sizeof(int), compare);
}

static void handle(int signal)
{
	(void)signal;
	recurse(3, "");
}

static apart void signals(void)
{
	static char stack[65536];
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction action = {.sa_handler = handle};

	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	sigaltstack(&alternate, NULL);
	action.sa_flags = SA_ONSTACK;
	sigaction(SIGUSR2, &action, NULL);
	raise(SIGUSR2);
	alternate.ss_flags = SS_DISABLE;
	sigaltstack(&alternate, NULL);
}

static ucontext_t outside, inside;

static void in_fibre(void)
{
	recurse(5, "");
	swapcontext(&inside, &outside);
	with_alloca(3000, 5);
}

static apart void fibres(void)
{
	char *stack = malloc(65536);

	getcontext(&inside);
	inside.uc_stack.ss_sp = stack;
	inside.uc_stack.ss_size = 65536;
	inside.uc_link = &outside;
	makecontext(&inside, in_fibre, 0);
	swapcontext(&outside, &inside);
	swapcontext(&outside, &inside);
	free(stack);
}

static void *in_thread(void *data)
{
	recurse(8, data);
	signals();
	return NULL;
}

static apart void threads(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 65536);
	if (pthread_create(&thread, &attributes, in_thread, "") == 0)
		pthread_join(thread, NULL);
	/* The least there is: for one thing at a time. */
	pthread_attr_setstacksize(&attributes, 16384);
	if (pthread_create(&thread, &attributes, (void *(*)(void *))leaf,
			   NULL) == 0)
		pthread_join(thread, NULL);
	pthread_attr_destroy(&attributes);
}

/* True if both were loaded at the same place. */
static apart int plugins(char **paths)
{
	void *place[2] = {NULL, NULL};
	int i;

	for (i = 0; i < 20; i++) {
		void *handle = dlopen(paths[i % 2], RTLD_NOW | RTLD_LOCAL);
		void (*run)(void (*)(void));

		if (!handle) {
			fprintf(stderr, "torture: %s\n", dlerror());
			exit(1);
		}
		run = (void (*)(void (*)(void)))dlsym(handle, "plugin_run");
		place[i % 2] = (void *)run;
		run(leaf);
		dlclose(handle);
	}
	return place[0] == place[1];
}

static apart void lazy_binding(void)
{
	/* The loader resolves a symbol and allocates for it, or a signal
	   comes while it does. */
	void *handle = dlopen("libm.so.6", RTLD_LAZY | RTLD_LOCAL);

	if (handle)
		dlclose(handle);
}

#ifdef __x86_64__
void torture_rbx(void (*call)(void));
void torture_no_table(void (*call)(void));
__asm__(".text\n"
	".cfi_startproc\n"
	"torture_rbx: push %rbx\n"
	".cfi_def_cfa_offset 16\n"
	".cfi_offset %rbx, -16\n"
	"mov %rsp, %rbx\n"
	".cfi_def_cfa_register %rbx\n"
	"sub $80, %rsp\n"
	"and $-64, %rsp\n"
	"call *%rdi\n"
	"mov %rbx, %rsp\n"
	".cfi_def_cfa_register %rsp\n"
	"pop %rbx\n"
	".cfi_def_cfa_offset 8\n"
	"ret\n"
	".cfi_endproc\n"
	"torture_no_table: push %rbx\n"
	"call *%rdi\n"
	"pop %rbx\n"
	"ret\n");

static apart void assembly(void)
{
	torture_rbx(leaf);
	torture_no_table(leaf);
}
#else
static apart void assembly(void)
{
}
#endif

#ifdef __x86_64__
/* push rbp; mov rsp, rbp; call *rdi; pop rbp; ret */
static const unsigned char made_code[] = {0x55, 0x48, 0x89, 0xe5,
					  0xff, 0xd7, 0x5d, 0xc3};

/* Its table; the address, at 32, is filled in. */
static unsigned char made_table[] = {
	20, 0, 0, 0,	0, 0, 0,    0,	  1,	'z', 'R',  0, 1,    0x78,
	16, 1, 0, 0x0c, 7, 8, 0x90, 1,	  0,	0,   36,   0, 0,    0,
	28, 0, 0, 0,	0, 0, 0,    0,	  0,	0,   0,	   0, 8,    0,
	0,  0, 0, 0,	0, 0, 0,    0x41, 0x0e, 16,  0x86, 2, 0x43, 0x0d,
	6,  0, 0, 0,	0, 0, 0,    0,	  0,	0,   0,	   0,
};

void __register_frame(void *table);
void __deregister_frame(void *table);

/* At the first look into a new table libgcc allocates, with its lock held. */
static void unwind(void)
{
	void *pcs[20];

	backtrace(pcs, 20);
	leaf();
}

static apart void made_at_run_time(void)
{
	void *made = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (made == MAP_FAILED)
		exit(1);
	memcpy(made, made_code, sizeof(made_code));
	memcpy(made_table + 32, &made, sizeof(made));
	__register_frame(made_table);
	((void (*)(void (*)(void)))made)(unwind);
	__deregister_frame(made_table);
	munmap(made, 4096);
}
#else
static apart void made_at_run_time(void)
{
}
#endif

static void handle_timer(int signal)
{
	(void)signal;
	/* No malloc: the program may be inside it. */
	if (stackcheck_here)
		stackcheck_here();
}

static void start_timer(void)
{
	struct itimerval interval = {.it_interval.tv_usec = 1000,
				     .it_value.tv_usec = 1000};
	struct sigaction action = {.sa_handler = handle_timer,
				   .sa_flags = SA_RESTART};

	sigaction(SIGPROF, &action, NULL);
	setitimer(ITIMER_PROF, &interval, NULL);
}

int main(int argc, char **argv)
{
	int round, same_place = 1;

	if (argc != 3)
		return 2;
	start_timer();
	for (round = 0; round < 20; round++) {
		recurse(round * 10, "");
		with_alloca(16, round);
		with_alloca(1 << 20, round);
		with_aligned(round);
		tail_2(round);
		long_jumps();
		callbacks();
		signals();
		fibres();
		threads();
		lazy_binding();
		assembly();
		made_at_run_time();
		same_place &= plugins(argv + 1);
	}
	puts(same_place ? "same place" : "other place");
	return 0;
}
