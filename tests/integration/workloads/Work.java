/* Threads, garbage, a null pointer (a signal to the JVM), a deep stack (its
   guard pages), a child process, native memory, and an exit status. */
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

public class Work {
	static int depth;

	static void recurse() {
		depth++;
		recurse();
	}

	static void allocate() {
		long sum = 0;
		for (int i = 0; i < 100000; i++)
			sum += new byte[100].length;
	}

	public static void main(String[] args) throws Exception {
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			Thread thread = new Thread(Work::allocate);
			thread.start();
			threads.add(thread);
		}
		for (Thread thread : threads)
			thread.join();
		System.gc();
		int[] none = args.length > 0 ? new int[1] : null;
		try {
			System.out.println(none[0]);
		} catch (NullPointerException e) {
			System.out.println("null pointer");
		}
		try {
			recurse();
		} catch (StackOverflowError e) {
			System.out.println("overflow " + (depth > 1000));
		}
		ByteBuffer buffer = ByteBuffer.allocateDirect(10 << 20);
		buffer.putLong(1 << 20, 42);
		System.out.println(buffer.getLong(1 << 20));
		Process child = new ProcessBuilder("echo", "hi").start();
		System.out.print(new String(child.getInputStream().readAllBytes()));
		System.out.println(child.waitFor());
		System.exit(3);
	}
}
