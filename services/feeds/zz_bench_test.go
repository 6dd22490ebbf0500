package feeds_test
import ("testing";"fmt";"strings";"time"; "carillon.example/pkg/bus/bustest";"carillon.example/pkg/event")
func TestZZ(t *testing.T){
 b := bustest.Start(t); s := start(t,b,t.TempDir())
 var last uint64
 para := strings.Repeat("This World Day focuses on *water* and the [crucial role](https://example.org) primary care plays in **making** it a reality. ", 5)
 var p0 *event.PublicPost
 for i:=1;i<=60;i++{ e:=edition(i,"en",fmt.Sprint("Post ",i)); e.Body=strings.Repeat(para+"\n\n",8); p0=newPost(fmt.Sprint("p",i),e); last=publish(t,b,p0)}
 s.applied(last)
 for k:=0;k<6;k++{
  n:=*p0; n.Number=uint64(k+2); 
  t0:=time.Now(); last=publish(t,b,&n); t1:=time.Now(); s.applied(last); t2:=time.Now()
  a:=s.get("/en/feed.atom"); t3:=time.Now()
  s.get("/en/feed.atom"); t4:=time.Now()
  s.get("/en/"); t5:=time.Now()
  s.get("/en/posts/p3"); t6:=time.Now()
  t.Log("pub",t1.Sub(t0),"applied",t2.Sub(t1),"feed",t3.Sub(t2),len(a.body),"again",t4.Sub(t3),"list",t5.Sub(t4),"page",t6.Sub(t5))
 }
}
