<xsl:stylesheet version="1.0"
    xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="text"/>
  <xsl:key name="c" match="item" use="@cat"/>
  <xsl:template match="/root">
    <xsl:for-each
        select="item[generate-id()=generate-id(key('c',@cat)[1])]">
      <xsl:sort select="@cat"/>
      <xsl:value-of select="concat(@cat,' ',count(key('c',@cat)),' ',
          sum(key('c',@cat)/price),'&#10;')"/>
    </xsl:for-each>
    <xsl:apply-templates select="item[position() mod 3=0]"/>
  </xsl:template>
  <xsl:template match="item">
    <xsl:value-of select="concat(translate(name,'abc','ABC'),':',
        substring(desc,1,20),'&#10;')"/>
  </xsl:template>
</xsl:stylesheet>
