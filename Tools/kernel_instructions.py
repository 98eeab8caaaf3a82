#!/usr/bin/env python3
"""Counts the instructions of the ARM kernels' inner loops per multiply-accumulate, as a Markdown table.

usage: kernel_instructions.py [--llama LLAMA_CPP_DIRECTORY] [--cycles] [--types TYPE,...] [--show SET:FUNCTION]

Needs clang and llvm-objdump (PATH or CLANG / OBJDUMP) and the arm64 C headers; nothing is run. The inner loop of a
function is the innermost backward branch with the most multiplications; the number of multiply-accumulates of one
turn follows from these (SMMLA 32, SDOT 16, SMULL/SMLAL of bytes 8). With --llama, llama.cpp's kernels for the same
instruction sets are compiled with the same compiler and counted in the same way. With --cycles, llvm-mca (PATH or
MCA; version 19 or later) tells how many cycles the loop takes on two processors of each set by LLVM's models of
them, all data in the first cache."""
import argparse, collections, os, re, subprocess, sys, tempfile

CLANG, OBJDUMP = os.environ.get("CLANG", "clang"), os.environ.get("OBJDUMP", "llvm-objdump")
MCA = os.environ.get("MCA", "llvm-mca")
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
FLAGS = ["--target=aarch64-linux-gnu", "-isystem", "/usr/aarch64-linux-gnu/include", "-O3", "-DNDEBUG"]
OURS = ["-std=gnu11", "-ffp-contract=off", f"-I{ROOT}/Sources/CKernels/include"]
TYPES = ["q4_0", "q4_1", "q5_0", "q8_0", "iq4_nl", "mxfp4", "q4_k", "q6_k"]
PRODUCTS = {"smmla": 32, "sdot": 16, "smull": 8, "smull2": 8, "smlal": 8, "smlal2": 8}
# Out of order and in order. LLVM has the Cortex-A76 under the name of its server sibling; Neoverse N2 is a Cortex-A710.
PROCESSORS = {"neon": ["cortex-a72", "cortex-a53"], "dotprod": ["neoverse-n1", "cortex-a55"],
              "i8mm": ["neoverse-n2", "cortex-a510"]}
KINDS = ["loads", "products", "integer", "float", "other"]
# Kernels that llama.cpp takes on such a machine: Q4_0, then those of other types that exist there.
PEERS = [
    ("neon", "armv8-a", [
        ("q4_0, any", "ggml_vec_dot_q4_0_q8_0"), ("q4_1, any", "ggml_vec_dot_q4_1_q8_1"),
        ("q8_0, any", "ggml_vec_dot_q8_0_q8_0"), ("q6_k, any", "ggml_vec_dot_q6_K_q8_K")]),
    ("dotprod", "armv8.2-a+dotprod", [
        ("q4_0, 1", "ggml_gemv_q4_0_4x4_q8_0"), ("q4_0, ≥ 16", "ggml_gemm_q4_0_4x4_q8_0"),
        ("q8_0, 1", "ggml_gemv_q8_0_4x4_q8_0"), ("q8_0, ≥ 4", "ggml_gemm_q8_0_4x4_q8_0"),
        ("iq4_nl, 1", "ggml_gemv_iq4_nl_4x4_q8_0"), ("iq4_nl, ≥ 4", "ggml_gemm_iq4_nl_4x4_q8_0"),
        ("mxfp4, 1", "ggml_gemv_mxfp4_4x4_q8_0"), ("mxfp4, ≥ 4", "ggml_gemm_mxfp4_4x4_q8_0")]),
    ("i8mm", "armv8.2-a+dotprod+i8mm", [
        ("q4_0, 1", "ggml_gemv_q4_0_4x8_q8_0"), ("q4_0, ≥ 16", "ggml_gemm_q4_0_4x8_q8_0"),
        ("q8_0, 1", "ggml_gemv_q8_0_4x8_q8_0"), ("q8_0, ≥ 4", "ggml_gemm_q8_0_4x8_q8_0")]),
]


def disassemble(source, flags, work):
    """Functions of a source file: name -> [(address, mnemonic, operands)]."""
    compiled = os.path.join(work, "kernel.o")
    subprocess.run([CLANG, *FLAGS, *flags, "-c", source, "-o", compiled], check=True)
    text = subprocess.run([OBJDUMP, "-d", "--no-show-raw-insn", "--mattr=+dotprod,+i8mm", compiled], check=True,
                          capture_output=True, text=True).stdout
    functions, current = {}, []
    for line in text.splitlines():
        if match := re.match(r"[0-9a-f]+ <(.+)>:", line):
            name = match[1] if not match[1].startswith("_Z") else re.sub(r"^_Z\d+(.*?)i?Pf.*", r"\1", match[1])
            current = functions[name] = []
        elif match := re.match(r"\s*([0-9a-f]+):\s+(\S+)\s*(.*)", line):
            current.append((int(match[1], 16), match[2], match[3]))
    return functions


def inner_loops(code):
    """The innermost loops, those with the most products first."""
    loops = []
    for address, name, operands in code:
        if name.startswith(("b", "cb", "tb")) and (match := re.search(r"0x([0-9a-f]+)", operands)):
            target = int(match[1], 16)
            if code[0][0] <= target <= address:
                loops.append((target, address))
    innermost = [a for a in loops if not any(a != b and a[0] <= b[0] and b[1] <= a[1] for b in loops)]
    bodies = [[i for i in code if start <= i[0] <= end] for start, end in innermost]
    return sorted(bodies, key=lambda body: -sum(PRODUCTS.get(i[1], 0) for i in body))


def kind(name, operands):
    if name in PRODUCTS:
        return "products"
    if name.startswith("ld"):
        return "loads"
    if re.match(r"(f(add|mul|mla|mls|mad|cvt|neg|nmul|msub|nmadd|sub)|scvtf|ucvtf)", name):
        return "float"
    if re.match(r"st", name) or not re.search(r"\bv\d+\.", operands):
        return "other"
    return "integer"


def cycles_of(body, processor):
    """Cycles of one turn of a loop, in the long run."""
    text = "\n".join(name + " " + ("." if name.startswith("b.") else re.sub("0x[0-9a-f]+ <.*", ".", operands))
                     for _, name, operands in body)
    output = subprocess.run([MCA, "-mtriple=aarch64-linux-gnu", "-mcpu=" + processor, "-mattr=+dotprod,+i8mm",
                             "-iterations=200"], input=text, check=True, capture_output=True, text=True).stdout
    return int(re.search(r"Total Cycles:\s+(\d+)", output)[1]) / 200


def row(isa, label, code, options, index=0, arranged=0):
    """One line of the table: instructions per 100 multiply-accumulates, by kind. What our kernels prepare
    once for sixteen rows and a block of `arranged` tokens, in a loop of its own, is counted as "other"."""
    loops = inner_loops(code) + [[]] * 2
    body = loops[index]
    macs = sum(PRODUCTS.get(i[1], 0) for i in body)
    if not macs:
        return f"| {isa} | {label} | no inner loop with products | | | | | | |"
    counts = collections.Counter(kind(i[1], i[2]) for i in body)
    extra, turn = 0.0, []
    if arranged:
        turn = next(loop for loop in loops[1:] if len(loop) > 1)
        extra = 100 * len(turn) / (arranged * 32 * 16)
    spills = sum(i[1].startswith("st") and "[sp" in i[2] for i in body)
    cells = [f"{100 * counts[k] / macs + (k == 'other') * extra:.2f}" for k in KINDS]
    cells += [f"**{100 * len(body) / macs + extra:.2f}**", str(spills)]
    if options.cycles:
        for processor in PROCESSORS[isa.split()[-1]]:
            cycles = 100 * cycles_of(body, processor) / macs
            if turn:
                cycles += 100 * cycles_of(turn, processor) / (arranged * 32 * 16)
            cells.append(f"{cycles:.1f}")
    return f"| {isa} | {label} | {macs} | {' | '.join(cells)} |"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--llama", help="llama.cpp's directory")
    parser.add_argument("--cycles", action="store_true", help="with llvm-mca's cycles per 100 multiply-accumulates")
    parser.add_argument("--types", default=",".join(TYPES), help="only these of ours")
    parser.add_argument("--show", help="print the inner loop of a function of ours, such as neon:q4_0_1")
    options = parser.parse_args()
    print("Instructions per 100 multiply-accumulates of the inner loop\n")
    print(f"| set | type, tokens | products in a turn | {' | '.join(KINDS)} | all | spills |"
          + (" out of order | in order |" if options.cycles else "") + f"\n|{'---|' * (12 if options.cycles else 10)}")
    with tempfile.TemporaryDirectory() as work:
        for isa in ["neon", "dotprod", "i8mm"]:
            functions = disassemble(f"{ROOT}/Sources/CKernels/arm_{isa}.c", OURS, work)
            if isa == "i8mm":  # single tokens go to SDOT
                functions |= {name: code for name, code in previous.items() if name.endswith("_1")}
            previous = functions
            for name in options.types.split(","):
                for size in [1, 2, 4, 8, 16]:
                    if f"{name}_{size}" in functions:
                        arranged = size if size > 4 and isa != "neon" else 0
                        print(row(isa, f"{name}, {size}", functions[f"{name}_{size}"], options, arranged=arranged))
            if options.show and options.show.startswith(isa + ":"):
                for _, mnemonic, operands in inner_loops(functions[options.show.split(":")[1]])[0]:
                    print("   ", mnemonic, operands)
        if options.llama:
            cpu = os.path.join(options.llama, "ggml/src/ggml-cpu")
            for isa, machine, names in PEERS:
                # Only the compiler's output is looked at, so the host's C++ headers do for the target.
                headers = [f"-I{options.llama}/ggml/include", f"-I{options.llama}/ggml/src", f"-I{cpu}"]
                flags = ["-march=" + machine, "-w", *headers]
                functions = disassemble(f"{cpu}/arch/arm/quants.c", ["-std=gnu11", *flags], work)
                if isa != "neon":
                    cxx = ["-std=gnu++17", "-isystem", "/usr/include/c++/12", "-isystem",
                           f"/usr/include/{os.uname().machine}-linux-gnu/c++/12"]
                    functions |= disassemble(f"{cpu}/arch/arm/repack.cpp", [*cxx, *flags], work)
                for label, name in names:
                    print(row("llama.cpp, " + isa, label, functions[name], options))
                    if "≥ 16" in label:  # what is left of sixteen tokens, four at a time
                        print(row("llama.cpp, " + isa, label.replace("≥ 16", "4"), functions[name], options, 1))


if __name__ == "__main__":
    sys.exit(main())
