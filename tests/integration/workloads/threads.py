"""Threads, subprocesses, a pool of processes, signals, and an exit status."""
import multiprocessing
import os
import signal
import subprocess
import threading


def work(n):
    return sum(len(str(i)) for i in range(n))


def main():
    threads = [threading.Thread(target=work, args=(5000,)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(subprocess.check_output(["echo", "x"]))
    print(subprocess.run("exit 4", shell=True).returncode)
    print(subprocess.run("kill -9 $$", shell=True).returncode)
    pid = os.fork()
    if pid == 0:
        os._exit(work(100) % 50)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    for method in "fork", "spawn", "forkserver":
        with multiprocessing.get_context(method).Pool(3) as pool:
            print(method, pool.map(work, [10, 100, 1000]))
    signal.signal(signal.SIGALRM, lambda *_: print("alarm"))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()
    raise SystemExit(7)


if __name__ == "__main__":
    main()
