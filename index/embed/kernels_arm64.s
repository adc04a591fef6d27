#include "textflag.h"

// NEON versions of the kernels in kernels.go. Slices are passed whole, of which
// only base and length are read. Go's assembler lacks most vector instructions
// on floats; they are encoded here (Arm Architecture Reference Manual, C7.2), all
// on four 32-bit lanes, operands in the order of Go's assembler: m, n, d.
#define FADD4(m, n, d) WORD $(0x4E20D400 | (m)<<16 | (n)<<5 | (d))   // d = n + m
#define FSUB4(m, n, d) WORD $(0x4EA0D400 | (m)<<16 | (n)<<5 | (d))   // d = n - m
#define FMUL4(m, n, d) WORD $(0x6E20DC00 | (m)<<16 | (n)<<5 | (d))   // d = n * m
#define FDIV4(m, n, d) WORD $(0x6E20FC00 | (m)<<16 | (n)<<5 | (d))   // d = n / m
#define FMAX4(m, n, d) WORD $(0x4E20F400 | (m)<<16 | (n)<<5 | (d))
#define FADDP4(m, n, d) WORD $(0x6E20D400 | (m)<<16 | (n)<<5 | (d))  // sums of pairs
#define FMAXV(n, d) WORD $(0x6E30F800 | (n)<<5 | (d))                // over the lanes
#define FABS4(n, d) WORD $(0x4EA0F800 | (n)<<5 | (d))
#define FNEG4(n, d) WORD $(0x6EA0F800 | (n)<<5 | (d))
#define FGEZERO4(n, d) WORD $(0x6EA0C800 | (n)<<5 | (d))             // mask of n >= 0
#define FRINTN4(n, d) WORD $(0x4E218800 | (n)<<5 | (d))
#define FCVTNS4(n, d) WORD $(0x4E21A800 | (n)<<5 | (d))
#define SCVTF4(n, d) WORD $(0x4E21D800 | (n)<<5 | (d))
#define SXTLBH(n, d) WORD $(0x0F08A400 | (n)<<5 | (d))               // lower 8 bytes to 16 bits
#define SXTL2BH(n, d) WORD $(0x4F08A400 | (n)<<5 | (d))              // upper 8
#define SXTLHS(n, d) WORD $(0x0F10A400 | (n)<<5 | (d))               // lower 4 of 16 to 32 bits
#define SXTL2HS(n, d) WORD $(0x4F10A400 | (n)<<5 | (d))              // upper 4

// One row of A (its next value, from p) times 16 columns of B (V24 to V27).
#define ROW(p, t, c0, c1, c2, c3) \
	VLD1R.P 4(p), [t.S4]; \
	VFMLA V24.S4, t.S4, c0.S4; \
	VFMLA V25.S4, t.S4, c1.S4; \
	VFMLA V26.S4, t.S4, c2.S4; \
	VFMLA V27.S4, t.S4, c3.S4

#define STEP \
	VLD1.P 64(R2), [V24.S4, V25.S4, V26.S4, V27.S4]; \
	ROW(R4, V28, V0, V1, V2, V3); \
	ROW(R5, V29, V4, V5, V6, V7); \
	ROW(R6, V30, V8, V9, V10, V11); \
	ROW(R7, V31, V12, V13, V14, V15); \
	ROW(R8, V28, V16, V17, V18, V19); \
	ROW(R9, V29, V20, V21, V22, V23)

#define ZERO(a, b, c, d) \
	VEOR a.B16, a.B16, a.B16; \
	VEOR b.B16, b.B16, b.B16; \
	VEOR c.B16, c.B16, c.B16; \
	VEOR d.B16, d.B16, d.B16

// Adds registers n to n+3 to a row of C.
#define ADDROW(n, a, b, c, d) \
	VLD1 (R0), [V24.S4, V25.S4, V26.S4, V27.S4]; \
	FADD4(24, n, n); \
	FADD4(25, n+1, n+1); \
	FADD4(26, n+2, n+2); \
	FADD4(27, n+3, n+3); \
	VST1 [a.S4, b.S4, c.S4, d.S4], (R0); \
	ADD R3, R0, R0

// func gemmNEON(c []float32, ldc int, a []float32, lda int, b []float32, k int)
TEXT ·gemmNEON(SB), NOSPLIT, $0-96
	MOVD c_base+0(FP), R0
	MOVD ldc+24(FP), R3
	MOVD a_base+32(FP), R4
	MOVD lda+56(FP), R1
	MOVD b_base+64(FP), R2
	MOVD k+88(FP), R10
	LSL  $2, R3, R3
	LSL  $2, R1, R1
	ADD  R1, R4, R5
	ADD  R1, R5, R6
	ADD  R1, R6, R7
	ADD  R1, R7, R8
	ADD  R1, R8, R9
	ZERO(V0, V1, V2, V3)
	ZERO(V4, V5, V6, V7)
	ZERO(V8, V9, V10, V11)
	ZERO(V12, V13, V14, V15)
	ZERO(V16, V17, V18, V19)
	ZERO(V20, V21, V22, V23)
gemmloop:
	STEP
	STEP
	STEP
	STEP
	SUBS $4, R10, R10
	BGT  gemmloop
	ADDROW(0, V0, V1, V2, V3)
	ADDROW(4, V4, V5, V6, V7)
	ADDROW(8, V8, V9, V10, V11)
	ADDROW(12, V12, V13, V14, V15)
	ADDROW(16, V16, V17, V18, V19)
	ADDROW(20, V20, V21, V22, V23)
	RET

// func widenNEON(dst []float32, src []int8, scale []float32, k int)
TEXT ·widenNEON(SB), NOSPLIT, $0-80
	MOVD dst_base+0(FP), R0
	MOVD src_base+24(FP), R1
	MOVD scale_base+48(FP), R2
	MOVD k+72(FP), R3
	VLD1 (R2), [V16.S4, V17.S4, V18.S4, V19.S4]
widenloop:
	VLD1.P 16(R1), [V0.B16]
	SXTLBH(0, 1)
	SXTL2BH(0, 2)
	SXTLHS(1, 4)
	SXTL2HS(1, 5)
	SXTLHS(2, 6)
	SXTL2HS(2, 7)
	SCVTF4(4, 4)
	SCVTF4(5, 5)
	SCVTF4(6, 6)
	SCVTF4(7, 7)
	FMUL4(16, 4, 4)
	FMUL4(17, 5, 5)
	FMUL4(18, 6, 6)
	FMUL4(19, 7, 7)
	VST1.P [V4.S4, V5.S4, V6.S4, V7.S4], 64(R0)
	SUBS $1, R3, R3
	BNE  widenloop
	RET

// CONSTANTS loads ·constants: number i goes to every lane of V(14+i).
#define CONSTANTS \
	MOVD $·constants(SB), R8; \
	VLD1R.P 4(R8), [V14.S4]; \
	VLD1R.P 4(R8), [V15.S4]; \
	VLD1R.P 4(R8), [V16.S4]; \
	VLD1R.P 4(R8), [V17.S4]; \
	VLD1R.P 4(R8), [V18.S4]; \
	VLD1R.P 4(R8), [V19.S4]; \
	VLD1R.P 4(R8), [V20.S4]; \
	VLD1R.P 4(R8), [V21.S4]; \
	VLD1R.P 4(R8), [V22.S4]; \
	VLD1R.P 4(R8), [V23.S4]; \
	VLD1R.P 4(R8), [V24.S4]; \
	VLD1R.P 4(R8), [V25.S4]; \
	VLD1R.P 4(R8), [V26.S4]; \
	VLD1R.P 4(R8), [V27.S4]; \
	VLD1R.P 4(R8), [V28.S4]; \
	VLD1R.P 4(R8), [V29.S4]; \
	VLD1R.P 4(R8), [V30.S4]; \
	VLD1R (R8), [V31.S4]

// EXP replaces V3 by exp(V3), V3 <= 0, using V4, V5 and V6.
#define EXP \
	FMAX4(14, 3, 3); \
	FMUL4(15, 3, 4); \
	FRINTN4(4, 4); \
	VFMLS V16.S4, V4.S4, V3.S4; \
	VFMLS V17.S4, V4.S4, V3.S4; \
	VMOV V19.B16, V5.B16; \
	VFMLA V3.S4, V18.S4, V5.S4; \
	VMOV V20.B16, V6.B16; \
	VFMLA V3.S4, V5.S4, V6.S4; \
	VMOV V21.B16, V5.B16; \
	VFMLA V3.S4, V6.S4, V5.S4; \
	VMOV V22.B16, V6.B16; \
	VFMLA V3.S4, V5.S4, V6.S4; \
	VMOV V23.B16, V5.B16; \
	VFMLA V3.S4, V6.S4, V5.S4; \
	VMOV V23.B16, V6.B16; \
	VFMLA V3.S4, V5.S4, V6.S4; \
	FCVTNS4(4, 4); \
	VSHL $23, V4.S4, V4.S4; \
	VADD V4.S4, V6.S4, V3.S4

// func geluNEON(x []float32)
TEXT ·geluNEON(SB), NOSPLIT, $0-24
	MOVD x_base+0(FP), R0
	MOVD x_len+8(FP), R1
	CONSTANTS
geluloop:
	VLD1 (R0), [V0.S4]
	FABS4(0, 1)
	FMUL4(24, 1, 1)             // z
	VMOV V23.B16, V2.B16
	VFMLA V25.S4, V1.S4, V2.S4  // 1 + p z
	FDIV4(2, 23, 2)             // t
	FMUL4(1, 1, 3)
	FNEG4(3, 3)
	EXP
	VMOV V27.B16, V4.B16
	VFMLA V2.S4, V26.S4, V4.S4
	VMOV V28.B16, V5.B16
	VFMLA V2.S4, V4.S4, V5.S4
	VMOV V29.B16, V4.B16
	VFMLA V2.S4, V5.S4, V4.S4
	VMOV V30.B16, V5.B16
	VFMLA V2.S4, V4.S4, V5.S4
	FMUL4(2, 5, 5)
	FMUL4(22, 5, 5)
	FMUL4(3, 5, 5)              // Phi(-|x|)
	FSUB4(5, 23, 6)             // Phi(|x|)
	FGEZERO4(0, 7)
	VBSL V5.B16, V6.B16, V7.B16 // by the sign of x
	FMUL4(7, 0, 0)
	VST1.P [V0.S4], 16(R0)
	SUBS $4, R1, R1
	BGT  geluloop
	RET

// func softmaxNEON(x []float32) float32
TEXT ·softmaxNEON(SB), NOSPLIT, $0-28
	MOVD x_base+0(FP), R0
	MOVD x_len+8(FP), R1
	MOVD R0, R2
	MOVD R1, R3
	VLD1 (R0), [V0.S4]
maxloop:
	VLD1.P 16(R2), [V1.S4]
	FMAX4(1, 0, 0)
	SUBS $4, R3, R3
	BGT  maxloop
	FMAXV(0, 0)
	VDUP V0.S[0], V7.S4
	CONSTANTS
	VEOR V8.B16, V8.B16, V8.B16
exploop:
	VLD1 (R0), [V3.S4]
	FSUB4(7, 3, 3)
	EXP
	VST1.P [V3.S4], 16(R0)
	FADD4(3, 8, 8)
	SUBS $4, R1, R1
	BGT  exploop
	FADDP4(8, 8, 8)
	FADDP4(8, 8, 8)
	FMOVS F8, ret+24(FP)
	RET

// func addNormNEON(x, y, gain, bias []float32)
TEXT ·addNormNEON(SB), NOSPLIT, $0-96
	MOVD x_base+0(FP), R0
	MOVD x_len+8(FP), R1
	MOVD y_base+24(FP), R2
	MOVD gain_base+48(FP), R3
	MOVD bias_base+72(FP), R4
	CONSTANTS
	SCVTFS R1, F7
	MOVD R0, R5
	MOVD R1, R6
	VEOR V0.B16, V0.B16, V0.B16
addloop:
	VLD1 (R5), [V1.S4]
	VLD1.P 16(R2), [V2.S4]
	FADD4(2, 1, 1)
	VST1.P [V1.S4], 16(R5)
	FADD4(1, 0, 0)
	SUBS $4, R6, R6
	BGT  addloop
	FADDP4(0, 0, 0)
	FADDP4(0, 0, 0)
	FDIVS F7, F0, F0
	VDUP V0.S[0], V4.S4         // mean
	MOVD R0, R5
	MOVD R1, R6
	VEOR V0.B16, V0.B16, V0.B16
squareloop:
	VLD1.P 16(R5), [V1.S4]
	FSUB4(4, 1, 1)
	VFMLA V1.S4, V1.S4, V0.S4
	SUBS $4, R6, R6
	BGT  squareloop
	FADDP4(0, 0, 0)
	FADDP4(0, 0, 0)
	FDIVS F7, F0, F0
	FADDS F31, F0, F0
	FSQRTS F0, F0
	FDIVS F0, F23, F0
	VDUP V0.S[0], V5.S4         // 1/deviation
normloop:
	VLD1 (R0), [V1.S4]
	VLD1.P 16(R3), [V2.S4]
	VLD1.P 16(R4), [V3.S4]
	FSUB4(4, 1, 1)
	FMUL4(5, 1, 1)
	VFMLA V2.S4, V1.S4, V3.S4
	VST1.P [V3.S4], 16(R0)
	SUBS $4, R1, R1
	BGT  normloop
	RET
