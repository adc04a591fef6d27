package index

// trigramTable holds weights of three-letter sequences of folded words, "_"
// standing for a word's edge: positive for French, negative for English, in
// thirds of a natural logarithm of the likelihood ratio. Counted over every
// second document of the judged collections piaf-fr, cdtn-fr, cranfield, cisi
// and nfcorpus-pre, each distinct word of a document once; half the mean, half
// the most doubtful pair of collections, so that a subject's words weigh little.
const trigramTable = `
-9 _ov _sh _up _wh als ary asu cy_ dy_ ear eas ed_ ely ems gh_ ght gy_ hed hig how ht_ igh
-9 ing iou ity lly low lts lud ly_ mea ned ng_ ntl od_ ods ory oun ow_ owe own rly rm_ rms
-9 ry_ sed sho sts tak ted th_ tly ty_ ubj udy unc und ved wed wee wer wn_ zed
-8 _tw _we ake beh bet bly bta cts ead edg eed fol ful ged gn_ hav hod ied iew ily ish ize
-8 kno led liz ms_ ncy now olv onl stu thr twe two ugh umb wel whi wid win wor yin
-7 _kn _wa _wi _wo ack add adv aly ay_ bed ch_ ct_ ded eld em_ fun ghe ic_ kin ld_ ll_ lth
-7 lve ncr nly oad ood opm or_ ows roa sev she ss_ sum thi tho tme try uce ump unt whe wo_
-7 ws_ zat
-6 _th ase bee bod din eac ery eth etw ew_ giv gs_ hro id_ ith ke_ ks_ lay lt_ lys ngs nic
-6 nin niz ogy ork ove pme riz rn_ rst scu sug tha ugg was yea ysi
-5 _st ad_ al_ alu cal ds_ ey_ flo gge gic gni hei hic hos hou iab isk iza jec mbe mic ody
-5 oth pea red req sam shi sic sk_ sma the
-4 _ea _hi _nu _ty alt ana ate bst ck_ cus duc eat erf ex_ exa hen ics inv lea lin nar num
-4 ome oxi rea rk_ rox sin sis sub ta_ tia tig tud typ var xam ype
-3 _is _sp _us all are asi ast ath bas dar fac fou has hem her hin hor ibr ila ima isc lat
-3 lop nal nd_ nif one rac ria rob rom tim tin ual uct ula up_ val vel xpe
-2 _ab _an _as _be _ef _fu _he _in _sy abo act an_ ata atu ber bra can clu eff equ esu evi
-2 exp ext gre han hes ica in_ inc ind lue mpa mul ncl ona ore rib rod rov sim sti str sul
-2 tri ude udi ult ve_ vid
-1 _ex _ra _va der era eri ers eve fer ffe ial ide ies ime imp int ive mat nsi ose ple pro
-1 ral rat rel sta ter tor ts_ tur
+1 _ch _mi _mo _se _tr _vi ce_ cou dec el_ ema end ent ert ete itu lem nci nes ns_ nte ntr
+1 ori ors ran ren rep rs_ sse tan tes tie tte ute ven
+2 _da _do _el _jo _la _pe _pl _po ail ali anc ann ant art cha che dem dep ega emp err etr
+2 ger ill isi lis mai me_ men nee nse pen pit re_ rit rte rti sat tit ues uit us_ ut_ van
+3 _de _em _ou _pa _sa _so _un ala ans api des ede ell ena epr es_ exe gne gue if_ ils ins
+3 ir_ ise it_ ite le_ lie mes mis nan ne_ nis nt_ omm ont par pri pte qui rai rem see sem
+3 son te_ utr
+4 _en _es _eu _ju _lu _vo air atr ats aut bre de_ emb eme foi ire iss itr ix_ jet jou les
+4 lor lui mme nai nna nom nou nue our rme rne sme sou ssa tre uis uiv vil
+5 _av _ce _ec _le _qu adr ale ava dre ecl ee_ enu et_ eut fra lle mem oya oye pag pas que
+5 ttr vai vez
+6 _du _eg auc don epu ett fai fs_ gal iai il_ iqu lai liq mps nca nem nne pet roi sa_ sie
+6 sui ue_ uer yeu
+7 _au _il ai_ apr aqu cet cun doi evu haq ipe isa loi moy nie oie onn pay rav rer riq soi
+7 squ toi urs vec voi vue
+8 ais dan ec_ ees enf enn eu_ euv iee iem ier ifs jeu mbr mie miq oeu ois peu pou rsq seu
+8 tue uee ur_ xe_ yen
+9 _et aie ait au_ aux cai deu du_ dui eau eil eun eur eux ez_ fon ie_ ieu ivr la_ leu moi
+9 nir nu_ oi_ oir oit ou_ ouv plu pui qu_ reu sai san sei si_ teu tiq tou uel ui_ un_ une
+9 uve uvr ux_ vre
`
