# Prints a git history for fast-import: commits that change a line or six.
import random

random.seed(3)
words = ["alpha", "beta", "gamma", "delta", "map", "heap", "page", "block"]


def line():
    return " ".join(random.choices(words, k=9))


files = {f"d{i % 17}/f{i}.c": [line() for _ in range(100)] for i in range(150)}
for n in range(500):
    print("commit refs/heads/main")
    print(f"committer A <a@example.com> {1600000000 + n * 600} +0000")
    print(f"data <<M\nchange {n}\nM")
    for name in random.sample(sorted(files), 6):
        files[name][random.randrange(100)] = line()
        text = "\n".join(files[name]) + "\n"
        print(f"M 100644 inline {name}\ndata {len(text)}\n{text}")
