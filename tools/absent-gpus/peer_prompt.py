"""llama.cpp's kernels for prompts through the estimate: what its host code takes for 512 tokens of a LLaMA 7B in Q4_0.

The numbers are those of ggml-vulkan.cpp, mul_mm.comp and mul_mmq.comp at ggml 908b21f4, the commit before 7ea4440e: the
peer's library (llama.cpp 7e4c0a9) has TQ2_0, which came shortly before, and has not the constants 12 and 13 of
mul_mm.comp, which 7ea4440e added. With cooperative matrices activations are f32 in memory and sums are f16; on NVIDIA
that is what it does without VK_NV_cooperative_matrix2. None of these products is split along its columns.

A tile's loops go round by its columns, whatever they load, so each is estimated by itself and counts that often; bytes
count once. What is no product counts by its bytes alone, so the whole prompt comes out too fast.
"""

import re

TOKENS, DIM, FFN, LAYERS, VOCABULARY = 512, 4096, 11008, 32, 32000
# The last layer's feed-forward network has one token, the one whose logits are wanted.
TIMES = {(DIM, DIM): 4 * LAYERS, (FFN, DIM): 2 * (LAYERS - 1), (DIM, FFN): LAYERS - 1}
# Tokens a second of pp512, 7B Q4_0, that users of llama.cpp's Vulkan backend posted (its discussion 10879).
PUBLISHED = {"navi31": 3890, "navi21": 1753}
GPUS = ("navi31", "navi21", "ampere", "ada")


class Tiles:
    """A kernel's name, lanes and constants, how often its loops go round in 128 columns, in the order of the code, and
    the products of matrices, or of four bytes, that a subgroup issues for 32 columns."""

    def __init__(self, gpu):
        amd = gpu.startswith("navi")
        self.has_matrices = gpu != "navi21"
        # Lanes of a subgroup as the constants have it; RDNA 2 is asked for 32 all the same.
        warp = 64 if amd else 32
        if self.has_matrices:
            self.name, self.side, self.lanes = "matmul_q4_0_f32_f16acc_cm1", 128, 256 if amd else 128
            values = (self.lanes, 128, 128, 32, 64, 64, 2, 16, 16, 16, warp, 1)
            self.subgroup, self.loops = warp, {"products": 4}
            # 64 × 64 results, which NVIDIA's instructions take by 16 × 8.
            self.products = 4 * 4 * 2 * (1 if amd else 2)
        else:
            self.name, self.side, self.lanes = "matmul_q4_0_q8_1", 64, 128
            values = (self.lanes, 64, 64, 32, 64, 32, 2, 2, 2, 1, warp)
            # 64 rows are brought in two rounds and 64 tokens in one; then there are four times 32 columns.
            self.subgroup, self.loops = 32, {"around": 1, "weights": 2, "activations": 1, "products": 4}
            self.products = 64 * 32 // warp * 8
        self.constants = [f"{number}={value}" for number, value in enumerate(values)]

    def workgroups(self, rows):
        return -(-rows // self.side) * -(-TOKENS // self.side)


def bodies(code):
    """The lines of each loop in RADV's text without those of loops within it; outer loops come before inner ones."""
    lines, labels, ends = code.split("\n"), {}, {}
    for number, line in enumerate(lines):
        if label := re.match(r"(BB\d+):", line):
            labels[label[1]] = number
        elif (branch := re.match(r"\ts_c?branch\w* (BB\d+)", line)) and branch[1] in labels:
            ends[labels[branch[1]]] = number + 1
    for start, end in sorted(ends.items()):
        within = [range(*other) for other in ends.items() if start < other[0] and other[1] <= end]
        yield "\n".join(line for number, line in enumerate(lines[start:end], start)
                        if not any(number in other for other in within))


def product_count(body):
    return len(re.findall(r"\tv_(?:wmma|dot4)", body))


def shared_byte_count(body, subgroup):
    """What a subgroup's lanes read of shared memory, each for itself."""
    reads = re.findall(r"\tds_(?:load|read)(_2addr|2)?(?:_stride64|st64)?_[bui](\d+)", body)
    return subgroup * sum(int(bits) // 8 * (2 if twice else 1) for twice, bits in reads)


def counted(loop):
    return "/".join(str(loop[kind]) for kind in ("float", "integer", "slow", "scalar", "loads", "other", "matrix"))


def moved(byte_count):
    return {"kernel": "moved", "workgroups": 1, "bytes": int(byte_count)}


class Prompt:
    """One GPU's. `compiled(name, subgroup, bindings, push, constants)` is what the driver tells of a kernel,
    `estimated(outline)` what the estimate tells of an outline, `ours(*options)` what llamarada tells of its own."""

    def __init__(self, gpu, compiled, estimated, ours):
        self.gpu, self.estimated, self.ours = gpu, estimated, ours
        self.tiles = tiles = Tiles(gpu)
        self.kernel = compiled(tiles.name, tiles.subgroup, 3, 68, tiles.constants) | {"workgroup": tiles.lanes}

    def unexpected(self, found, expected, what):
        raise SystemExit(f"tools/absent-gpus/peer: {self.tiles.name} on {self.gpu} has {found} {what}, "
                         f"expected {expected}: its loops are not as they were")

    def once(self, code, workgroups):
        """The estimate of these lines, gone through once by each subgroup."""
        dispatch = {"kernel": "it", "workgroups": workgroups, "bytes": 2, "readable": {"0": 1, "1": 1}}
        outline = {"kernels": {"it": self.kernel | {"code": code}}, "spans": [{"dispatches": [dispatch]}]}
        return self.estimated(outline)["kernels"][0]

    def rounds(self, workgroups):
        """Code and estimate of a round of each loop, by its name."""
        found = list(bodies(self.kernel["code"]))
        if len(found) != len(self.tiles.loops):
            self.unexpected(len(found), len(self.tiles.loops), "loops")
        return {name: (body, self.once(body, workgroups)) for name, body in zip(self.tiles.loops, found)}

    def product(self, rows, columns):
        """Seconds by bandwidth, issue and latency."""
        rounds = self.rounds(self.tiles.workgroups(rows))
        activation = 4 if self.tiles.has_matrices else 9 / 8
        bytes_once = moved(rows * columns * 9 / 16 + TOKENS * columns * activation + 4 * TOKENS * rows)
        bandwidth = self.estimated({"spans": [{"dispatches": [bytes_once]}]})["kernel_seconds"]
        return bandwidth, *(
            sum(self.tiles.loops[name] * columns / 128 * told[f"{term}_seconds"] for name, (_, told) in rounds.items())
            for term in ("issue", "latency"))

    def others(self):
        """Seconds of all that is no product of 512 tokens, with the time between kernels, that of the products too."""
        state, wide, product = 4 * TOKENS * DIM, 4 * TOKENS * FFN, moved(0)
        quantized = lambda size: [] if self.tiles.has_matrices else [[moved(1.3 * size)]]
        attention = [
            [moved(2 * state)], *quantized(state), [product] * 3, [moved(2 * state), *[moved(1.5 * state)] * 2],
            [moved(3 * state)], *quantized(state), [product], [moved(3 * state)]]
        network = [
            [moved(2 * state)], *quantized(state), [product] * 2, [moved(3 * wide)], *quantized(wide), [product],
            [moved(3 * state)]]
        last = [[moved(FFN * DIM * 9 / 16)] * 2, [moved(FFN * DIM * 9 / 16)], [moved(VOCABULARY * DIM * 6.5625 / 8)]]
        spans = [(LAYERS, span) for span in attention] + [(LAYERS - 1, span) for span in network]
        spans += [(1, [moved(state)]), *((1, span) for span in last)]
        return self.estimated({"spans": [{"repeat": repeat, "dispatches": span} for repeat, span in spans]})["seconds"]

    def show(self):
        if self.gpu not in PUBLISHED:
            return self.show_code()
        told = self.kernel["statistics"]
        spills = told["Spilled VGPRs"] + told["Spilled SGPRs"]
        body, once = self.rounds(1)["products"]
        if product_count(body) != self.tiles.products:
            self.unexpected(product_count(body), self.tiles.products, "products in 32 columns")
        print(f"{self.gpu} {self.tiles.name}")
        self.show_kernel(told["VGPRs"], spills, told["LDS size"], body, self.tiles.subgroup, once)
        total = 0
        for (rows, columns), times in TIMES.items():
            terms = self.product(rows, columns)
            total += times * max(terms)
            bandwidth, issue, latency = (f"{1e6 * term:.1f}" for term in terms)
            print(f"  ({rows}, {columns}): {1e6 * max(terms):.1f} µs: bandwidth {bandwidth}, issue {issue}, "
                  f"latency {latency}")
        rate, published = TOKENS / (total + self.others()), PUBLISHED[self.gpu]
        print(f"  products {1e3 * total:.1f} ms, the prompt {rate:.0f} tokens/s; published {published} "
              f"({100 * (rate / published - 1):+.0f} %)")
        self.show_ours()

    def show_kernel(self, registers, spills, shared, body, subgroup, once):
        share = once.get("matrix_share")
        units = f", matrix units' share {100 * share:.0f} %" if share else ""
        print(f"  {registers} registers, {spills} spills, {shared} bytes of shared memory, subgroups of {subgroup}\n"
              f"  a round: {counted(once['loops'][0])}, {product_count(body)} products{units}, "
              f"{shared_byte_count(body, subgroup) / product_count(body):.0f} bytes of shared memory read a product")

    def show_code(self):
        """Without times: on these cards sums of f16 take half the time of f32's, which the estimate does not know."""
        told = self.kernel["statistics"]
        loop = max(self.once(self.kernel["code"], 1)["loops"], key=lambda loop: loop["matrix"])
        if loop["matrix"] != self.tiles.products:
            self.unexpected(loop["matrix"], self.tiles.products, "products in 32 columns")
        print(f"{self.gpu} {self.tiles.name}\n  {told['Number of GPRs']} registers, {told['Spills to memory']} spills\n"
              f"  a round: {counted(loop)}")

    def show_ours(self):
        name, how = ("MatrixMatMul", []) if self.tiles.has_matrices else ("Int8MatMul", ["--fast-int8"])
        told = self.ours("--size", "7B", "--type", "Q4_0", "--prompt", str(TOKENS), "--estimate", *how)
        rows = [row for row in told["kernels"] if row["kernel"] == f"{name} Q4_0"]
        pipelines = self.ours("--isa", f"{name} Q4_0")["pipelines"]
        kernel = max(pipelines, key=lambda pipeline: pipeline["constants"]["blockTokens"])
        body = max(bodies(kernel["isa"]), key=product_count)
        print(f"{self.gpu} ours, {name} Q4_0")
        self.show_kernel(kernel["vector_registers"], kernel["spills"], kernel["shared_bytes"], body,
                         kernel["subgroup_size"], rows[0])
        for row in rows:
            print(f"  {row['shape']}: {1e6 * row['seconds']:.1f} µs: {row['bound']}")
        total = sum(row["count"] * row["seconds"] for row in rows)
        print(f"  products {1e3 * total:.1f} ms, the prompt {told['tokens_per_second']:.0f} tokens/s")
