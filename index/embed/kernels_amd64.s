#include "textflag.h"

// AVX2 and FMA versions of the kernels in kernels.go. Slices are passed whole,
// of which only base and length are read. R8 points to ·constants where named
// offsets are used; the offsets are in kernels.go.

// One step over k: row r of A times 16 columns of B, for six rows.
// SI, R10: rows 0-2 and 3-5 of A; R9: distance of rows in bytes.
#define STEP(o) \
	VMOVUPS (16*o)(DX), Y12; \
	VMOVUPS (16*o+32)(DX), Y13; \
	VBROADCASTSS o(SI), Y14; \
	VBROADCASTSS o(SI)(R9*1), Y15; \
	VFMADD231PS Y12, Y14, Y0; \
	VFMADD231PS Y13, Y14, Y1; \
	VFMADD231PS Y12, Y15, Y2; \
	VFMADD231PS Y13, Y15, Y3; \
	VBROADCASTSS o(SI)(R9*2), Y14; \
	VBROADCASTSS o(R10), Y15; \
	VFMADD231PS Y12, Y14, Y4; \
	VFMADD231PS Y13, Y14, Y5; \
	VFMADD231PS Y12, Y15, Y6; \
	VFMADD231PS Y13, Y15, Y7; \
	VBROADCASTSS o(R10)(R9*1), Y14; \
	VBROADCASTSS o(R10)(R9*2), Y15; \
	VFMADD231PS Y12, Y14, Y8; \
	VFMADD231PS Y13, Y14, Y9; \
	VFMADD231PS Y12, Y15, Y10; \
	VFMADD231PS Y13, Y15, Y11

#define ADDROW(lo, hi) \
	VADDPS (DI), lo, lo; \
	VADDPS 32(DI), hi, hi; \
	VMOVUPS lo, (DI); \
	VMOVUPS hi, 32(DI); \
	ADDQ R11, DI

// func gemmAVX2(c []float32, ldc int, a []float32, lda int, b []float32, k int)
TEXT ·gemmAVX2(SB), NOSPLIT, $0-96
	MOVQ c_base+0(FP), DI
	MOVQ ldc+24(FP), R11
	MOVQ a_base+32(FP), SI
	MOVQ lda+56(FP), R9
	MOVQ b_base+64(FP), DX
	MOVQ k+88(FP), CX
	SHLQ $2, R11
	SHLQ $2, R9
	LEAQ (SI)(R9*2), R10
	ADDQ R9, R10
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	VXORPS Y8, Y8, Y8
	VXORPS Y9, Y9, Y9
	VXORPS Y10, Y10, Y10
	VXORPS Y11, Y11, Y11
gemmloop:
	STEP(0)
	STEP(4)
	STEP(8)
	STEP(12)
	ADDQ $16, SI
	ADDQ $16, R10
	ADDQ $256, DX
	SUBQ $4, CX
	JG   gemmloop
	ADDROW(Y0, Y1)
	ADDROW(Y2, Y3)
	ADDROW(Y4, Y5)
	ADDROW(Y6, Y7)
	ADDROW(Y8, Y9)
	ADDROW(Y10, Y11)
	VZEROUPPER
	RET

// func widenAVX2(dst []float32, src []int8, scale []float32, k int)
TEXT ·widenAVX2(SB), NOSPLIT, $0-80
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ scale_base+48(FP), DX
	MOVQ k+72(FP), CX
	VMOVUPS (DX), Y4
	VMOVUPS 32(DX), Y5
widenloop:
	VPMOVSXBD (SI), Y0
	VPMOVSXBD 8(SI), Y1
	VCVTDQ2PS Y0, Y0
	VCVTDQ2PS Y1, Y1
	VMULPS Y4, Y0, Y0
	VMULPS Y5, Y1, Y1
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	ADDQ $16, SI
	ADDQ $64, DI
	DECQ CX
	JNZ  widenloop
	VZEROUPPER
	RET

// EXPCONST loads what EXP needs into Y8 to Y15.
#define EXPCONST \
	LEAQ ·constants(SB), R8; \
	VBROADCASTSS 0(R8), Y8; \
	VBROADCASTSS 4(R8), Y9; \
	VBROADCASTSS 8(R8), Y10; \
	VBROADCASTSS 12(R8), Y11; \
	VBROADCASTSS 16(R8), Y12; \
	VBROADCASTSS 20(R8), Y13; \
	VBROADCASTSS 24(R8), Y14; \
	VBROADCASTSS 36(R8), Y15

// EXP replaces x by exp(x), x <= 0, using n and p and t.
#define EXP(x, n, p, t) \
	VMAXPS Y8, x, x; \
	VMULPS Y9, x, n; \
	VROUNDPS $0, n, n; \
	VFNMADD231PS Y10, n, x; \
	VFNMADD231PS Y11, n, x; \
	VMOVAPS Y12, p; \
	VFMADD213PS Y13, x, p; \
	VFMADD213PS Y14, x, p; \
	VBROADCASTSS 28(R8), t; \
	VFMADD213PS t, x, p; \
	VBROADCASTSS 32(R8), t; \
	VFMADD213PS t, x, p; \
	VFMADD213PS Y15, x, p; \
	VFMADD213PS Y15, x, p; \
	VCVTPS2DQ n, n; \
	VPSLLD $23, n, n; \
	VPADDD n, p, x

// func geluAVX2(x []float32)
TEXT ·geluAVX2(SB), NOSPLIT, $0-24
	MOVQ x_base+0(FP), DI
	MOVQ x_len+8(FP), CX
	EXPCONST
geluloop:
	VMOVUPS (DI), Y0
	VPCMPEQD Y1, Y1, Y1
	VPSRLD $1, Y1, Y1
	VANDPS Y1, Y0, Y1         // |x|
	VBROADCASTSS 40(R8), Y2
	VMULPS Y2, Y1, Y1         // z
	VBROADCASTSS 44(R8), Y2
	VFMADD213PS Y15, Y1, Y2   // 1 + p z
	VDIVPS Y2, Y15, Y2        // t
	VXORPS Y3, Y3, Y3
	VFNMADD231PS Y1, Y1, Y3   // -z²
	EXP(Y3, Y4, Y5, Y6)
	VBROADCASTSS 48(R8), Y4
	VBROADCASTSS 52(R8), Y5
	VFMADD213PS Y5, Y2, Y4
	VBROADCASTSS 56(R8), Y5
	VFMADD213PS Y5, Y2, Y4
	VBROADCASTSS 60(R8), Y5
	VFMADD213PS Y5, Y2, Y4
	VBROADCASTSS 64(R8), Y5
	VFMADD213PS Y5, Y2, Y4
	VMULPS Y2, Y4, Y4
	VBROADCASTSS 32(R8), Y5
	VMULPS Y5, Y4, Y4
	VMULPS Y3, Y4, Y4         // Phi(-|x|)
	VSUBPS Y4, Y15, Y5        // Phi(|x|)
	VBLENDVPS Y0, Y4, Y5, Y4  // by the sign of x
	VMULPS Y4, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, DI
	SUBQ $8, CX
	JG   geluloop
	VZEROUPPER
	RET

// SUM puts the sum of y's lanes into x's first lane; x is the lower half of y.
#define SUM(y, x, tx) \
	VEXTRACTF128 $1, y, tx; \
	VADDPS tx, x, x; \
	VMOVHLPS x, x, tx; \
	VADDPS tx, x, x; \
	VMOVSHDUP x, tx; \
	VADDSS tx, x, x

// func softmaxAVX2(x []float32) float32
TEXT ·softmaxAVX2(SB), NOSPLIT, $0-28
	MOVQ x_base+0(FP), DI
	MOVQ x_len+8(FP), CX
	MOVQ DI, SI
	MOVQ CX, DX
	VMOVUPS (DI), Y0
maxloop:
	VMAXPS (SI), Y0, Y0
	ADDQ $32, SI
	SUBQ $8, DX
	JG   maxloop
	VEXTRACTF128 $1, Y0, X1
	VMAXPS X1, X0, X0
	VMOVHLPS X0, X0, X1
	VMAXPS X1, X0, X0
	VMOVSHDUP X0, X1
	VMAXSS X1, X0, X0
	VBROADCASTSS X0, Y7
	EXPCONST
	VXORPS Y6, Y6, Y6
exploop:
	VMOVUPS (DI), Y0
	VSUBPS Y7, Y0, Y0
	EXP(Y0, Y1, Y2, Y3)
	VMOVUPS Y0, (DI)
	VADDPS Y0, Y6, Y6
	ADDQ $32, DI
	SUBQ $8, CX
	JG   exploop
	SUM(Y6, X6, X1)
	VMOVSS X6, ret+24(FP)
	VZEROUPPER
	RET

// func addNormAVX2(x, y, gain, bias []float32)
TEXT ·addNormAVX2(SB), NOSPLIT, $0-96
	MOVQ x_base+0(FP), DI
	MOVQ x_len+8(FP), CX
	MOVQ y_base+24(FP), SI
	MOVQ gain_base+48(FP), R9
	MOVQ bias_base+72(FP), R10
	LEAQ ·constants(SB), R8
	VCVTSI2SSQ CX, X7, X7     // the length
	MOVQ DI, R11
	MOVQ CX, DX
	VXORPS Y0, Y0, Y0
addloop:
	VMOVUPS (R11), Y1
	VADDPS (SI), Y1, Y1
	VMOVUPS Y1, (R11)
	VADDPS Y1, Y0, Y0
	ADDQ $32, R11
	ADDQ $32, SI
	SUBQ $8, DX
	JG   addloop
	SUM(Y0, X0, X1)
	VDIVSS X7, X0, X0
	VBROADCASTSS X0, Y4       // mean
	MOVQ DI, R11
	MOVQ CX, DX
	VXORPS Y0, Y0, Y0
squareloop:
	VMOVUPS (R11), Y1
	VSUBPS Y4, Y1, Y1
	VFMADD231PS Y1, Y1, Y0
	ADDQ $32, R11
	SUBQ $8, DX
	JG   squareloop
	SUM(Y0, X0, X1)
	VDIVSS X7, X0, X0
	VADDSS 68(R8), X0, X0
	VSQRTSS X0, X0, X0
	VMOVSS 36(R8), X1
	VDIVSS X0, X1, X0
	VBROADCASTSS X0, Y5       // 1/deviation
normloop:
	VMOVUPS (DI), Y1
	VSUBPS Y4, Y1, Y1
	VMULPS Y5, Y1, Y1
	VMOVUPS (R9), Y2
	VFMADD213PS (R10), Y2, Y1
	VMOVUPS Y1, (DI)
	ADDQ $32, DI
	ADDQ $32, R9
	ADDQ $32, R10
	SUBQ $8, CX
	JG   normloop
	VZEROUPPER
	RET
