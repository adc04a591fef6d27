#include "textflag.h"

// Two messages at once through the SHA extensions (Intel SDM, SHA256RNDS2,
// SHA256MSG1, SHA256MSG2). A round waits for the one before it, so that a single
// message leaves the unit idle half of the time; the other's rounds fill the gaps.

// Four rounds: of words m and constants at k, with the state's halves abef, cdgh.
#define ROUNDS(k, abef, cdgh, m) \
	MOVOU k(AX), X0 \
	PADDD m, X0 \
	SHA256RNDS2 X0, abef, cdgh \
	PSHUFD $0x0e, X0, X0 \
	SHA256RNDS2 X0, cdgh, abef

// The next four words of the schedule, in place of the oldest, m0.
#define WORDS(m0, m1, m2, m3) \
	SHA256MSG1 m1, m0 \
	MOVOA m3, X13 \
	PALIGNR $4, m2, X13 \
	PADDD X13, m0 \
	SHA256MSG2 m3, m0

// Rounds of the message's own words, which are big-endian.
#define READ(k, ma, mb) \
	MOVOU k(SI), ma \
	MOVOU k(DI), mb \
	PSHUFB X14, ma \
	PSHUFB X14, mb \
	ROUNDS(k, X1, X2, ma) \
	ROUNDS(k, X7, X8, mb)

#define NEXT(k, a0, a1, a2, a3, b0, b1, b2, b3) \
	WORDS(a0, a1, a2, a3) \
	WORDS(b0, b1, b2, b3) \
	ROUNDS(k, X1, X2, a0) \
	ROUNDS(k, X7, X8, b0)

// func twoBlocks(a, b *laneState, pa, pb *byte, blocks int)
TEXT ·twoBlocks(SB), NOSPLIT, $64-40
	MOVQ a+0(FP), R8
	MOVQ b+8(FP), R9
	MOVQ pa+16(FP), SI
	MOVQ pb+24(FP), DI
	MOVQ blocks+32(FP), CX
	LEAQ ·roundConstants(SB), AX
	MOVOU ·swapBytes(SB), X14
	MOVOU 0(R8), X1
	MOVOU 16(R8), X2
	MOVOU 0(R9), X7
	MOVOU 16(R9), X8

block:
	MOVOU X1, 0(SP)
	MOVOU X2, 16(SP)
	MOVOU X7, 32(SP)
	MOVOU X8, 48(SP)

	READ(0, X3, X9)
	READ(16, X4, X10)
	READ(32, X5, X11)
	READ(48, X6, X12)
	NEXT(64, X3, X4, X5, X6, X9, X10, X11, X12)
	NEXT(80, X4, X5, X6, X3, X10, X11, X12, X9)
	NEXT(96, X5, X6, X3, X4, X11, X12, X9, X10)
	NEXT(112, X6, X3, X4, X5, X12, X9, X10, X11)
	NEXT(128, X3, X4, X5, X6, X9, X10, X11, X12)
	NEXT(144, X4, X5, X6, X3, X10, X11, X12, X9)
	NEXT(160, X5, X6, X3, X4, X11, X12, X9, X10)
	NEXT(176, X6, X3, X4, X5, X12, X9, X10, X11)
	NEXT(192, X3, X4, X5, X6, X9, X10, X11, X12)
	NEXT(208, X4, X5, X6, X3, X10, X11, X12, X9)
	NEXT(224, X5, X6, X3, X4, X11, X12, X9, X10)
	NEXT(240, X6, X3, X4, X5, X12, X9, X10, X11)

	MOVOU 0(SP), X3
	MOVOU 16(SP), X4
	MOVOU 32(SP), X9
	MOVOU 48(SP), X10
	PADDD X3, X1
	PADDD X4, X2
	PADDD X9, X7
	PADDD X10, X8

	ADDQ $64, SI
	ADDQ $64, DI
	DECQ CX
	JNZ  block

	MOVOU X1, 0(R8)
	MOVOU X2, 16(R8)
	MOVOU X7, 0(R9)
	MOVOU X8, 16(R9)
	RET

// func cpuFeatures() (leaf1ECX, leaf7EBX uint32)
TEXT ·cpuFeatures(SB), NOSPLIT, $0-8
	XORL AX, AX
	XORL CX, CX
	CPUID
	CMPL AX, $7
	JLT  none
	MOVL $1, AX
	XORL CX, CX
	CPUID
	MOVL CX, leaf1ECX+0(FP)
	MOVL $7, AX
	XORL CX, CX
	CPUID
	MOVL BX, leaf7EBX+4(FP)
	RET

none:
	MOVL $0, leaf1ECX+0(FP)
	MOVL $0, leaf7EBX+4(FP)
	RET
