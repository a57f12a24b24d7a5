# Prints a large C file, preprocessed: structs, switches, loops.
print("typedef unsigned long u64; extern int put(const char *, u64);")
for i in range(120):
    print(f"struct s{i} {{ u64 a, b, c[{i % 7 + 1}]; struct s{i} *next; }};")
    print(f"static u64 g{i}[64];")
    print(f"static u64 f{i}(u64 x, u64 y) {{ u64 r = x;")
    print("for (u64 k = 0; k < y; k++) { switch ((r >> k) & 7) {")
    for c in range(7):
        print(f"case {c}: r = r * {c * 2 + i + 3}u + (y ^ {c}); break;")
    print(f"default: r ^= g{i}[r & 63]; }}")
    print(f"if (r & 1) g{i}[k & 63] += r; else r += k; }} return r; }}")
    print(f"u64 h{i}(struct s{i} *p) {{ u64 t = 0; for (; p; p = p->next) {{")
    print(f"for (int j = 0; j < {i % 7 + 1}; j++)")
    print(f"t += p->c[j] * f{i}(p->a + j, p->b & 15);")
    print(f'if (t > {i * 977}) put("h{i}", t); }} return t; }}')
