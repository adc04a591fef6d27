#include "textflag.h"

// Rows that lie anywhere, four at a time. What a search waits for is memory:
// while four rows are multiplied, the next four are on their way.

// PREFETCH4 asks for the rows of the pointers at R13, n bytes (CX) each.
#define PREFETCH4(row, line) \
	MOVQ $4, R10         \
row:                         \
	MOVQ (R13), R11      \
	XORQ AX, AX          \
line:                        \
	PREFETCHT0 (R11)(AX*1) \
	ADDQ $64, AX         \
	CMPQ AX, CX          \
	JLT  line            \
	ADDQ $8, R13         \
	DECQ R10             \
	JNZ  row

// func dotGatherAVX2(q *int8, rows **int8, n, count int, out *int32)
TEXT ·dotGatherAVX2(SB), NOSPLIT, $0-40
	MOVQ q+0(FP), SI
	MOVQ rows+8(FP), BX
	MOVQ n+16(FP), CX
	MOVQ count+24(FP), DX
	MOVQ out+32(FP), R8
	MOVQ BX, R13
	PREFETCH4(firstRow, firstLine)

group:
	CMPQ DX, $8
	JLT  last
	LEAQ 32(BX), R13
	PREFETCH4(nextRow, nextLine)

last:
	MOVQ 0(BX), R9
	MOVQ 8(BX), R10
	MOVQ 16(BX), R11
	MOVQ 24(BX), R12
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	XORQ AX, AX

loop:
	VPMOVSXBW (SI)(AX*1), Y4
	VPMOVSXBW (R9)(AX*1), Y5
	VPMOVSXBW (R10)(AX*1), Y6
	VPMOVSXBW (R11)(AX*1), Y7
	VPMOVSXBW (R12)(AX*1), Y8
	VPMADDWD Y4, Y5, Y5
	VPMADDWD Y4, Y6, Y6
	VPMADDWD Y4, Y7, Y7
	VPMADDWD Y4, Y8, Y8
	VPADDD Y5, Y0, Y0
	VPADDD Y6, Y1, Y1
	VPADDD Y7, Y2, Y2
	VPADDD Y8, Y3, Y3
	ADDQ $16, AX
	CMPQ AX, CX
	JLT  loop

	// four sums of eight lanes each become the four lanes of X0
	VPHADDD Y1, Y0, Y0
	VPHADDD Y3, Y2, Y2
	VPHADDD Y2, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD X1, X0, X0
	VMOVDQU X0, (R8)
	ADDQ $32, BX
	ADDQ $16, R8
	SUBQ $4, DX
	JNZ  group
	VZEROUPPER
	RET

// func dotGatherAVX512(q *int8, rows **int8, n, count int, out *int32)
TEXT ·dotGatherAVX512(SB), NOSPLIT, $0-40
	MOVQ q+0(FP), SI
	MOVQ rows+8(FP), BX
	MOVQ n+16(FP), CX
	MOVQ count+24(FP), DX
	MOVQ out+32(FP), R8
	MOVQ BX, R13
	PREFETCH4(firstRow, firstLine)

group:
	CMPQ DX, $8
	JLT  last
	LEAQ 32(BX), R13
	PREFETCH4(nextRow, nextLine)

last:
	MOVQ 0(BX), R9
	MOVQ 8(BX), R10
	MOVQ 16(BX), R11
	MOVQ 24(BX), R12
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
	XORQ AX, AX

loop:
	VPMOVSXBW (SI)(AX*1), Z4
	VPMOVSXBW (R9)(AX*1), Z5
	VPMOVSXBW (R10)(AX*1), Z6
	VPMOVSXBW (R11)(AX*1), Z7
	VPMOVSXBW (R12)(AX*1), Z8
	VPMADDWD Z4, Z5, Z5
	VPMADDWD Z4, Z6, Z6
	VPMADDWD Z4, Z7, Z7
	VPMADDWD Z4, Z8, Z8
	VPADDD Z5, Z0, Z0
	VPADDD Z6, Z1, Z1
	VPADDD Z7, Z2, Z2
	VPADDD Z8, Z3, Z3
	ADDQ $32, AX
	CMPQ AX, CX
	JLT  loop

	VEXTRACTI64X4 $1, Z0, Y4
	VEXTRACTI64X4 $1, Z1, Y5
	VEXTRACTI64X4 $1, Z2, Y6
	VEXTRACTI64X4 $1, Z3, Y7
	VPADDD Y4, Y0, Y0
	VPADDD Y5, Y1, Y1
	VPADDD Y6, Y2, Y2
	VPADDD Y7, Y3, Y3
	VPHADDD Y1, Y0, Y0
	VPHADDD Y3, Y2, Y2
	VPHADDD Y2, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD X1, X0, X0
	VMOVDQU X0, (R8)
	ADDQ $32, BX
	ADDQ $16, R8
	SUBQ $4, DX
	JNZ  group
	VZEROUPPER
	RET
